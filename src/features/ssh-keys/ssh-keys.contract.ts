import { Injectable } from '@nestjs/common';
import { isDnsLabel } from '../../kernel/dns-name.js';
import type { FieldError } from '../../kernel/failure.js';
import { forbidden, requestInvalid } from '../../kernel/failures.js';
import type { Principal, ProjectRef } from '../../kernel/principal.js';
import { AccessPort } from '../../platform/access/access-port.js';
import { SshKeyStore } from './data/ssh-key-store.js';
import type { AccessKey } from './ssh-access.contract.js';

/** What other rooms ask: which keys are meant by a name. */
@Injectable()
export class SshKeysContract {
  constructor(
    private readonly keys: SshKeyStore,
    private readonly access: AccessPort,
  ) {}

  /**
   * In the order that was given: what is a name (a DNS label, which no key looks like) with the project's key, all else
   * as it is. Throws request.invalid with one error per name that is not there, and auth.forbidden for a caller who may
   * not see the project's keys.
   */
  async resolve(
    principal: Principal,
    project: ProjectRef,
    given: readonly string[],
    pointer: string,
  ): Promise<AccessKey[]> {
    if (!given.some(isDnsLabel)) return [...given];
    const permission = 'ssh-keys:read' as const;
    if (!this.access.allows(principal, permission, project)) {
      throw forbidden(`The permission "${permission}" is missing here.`, { details: { permission } });
    }
    const known = new Map((await this.keys.ofProject(project.id)).map((key) => [key.name, key]));
    const problems: FieldError[] = [];
    const found = given.map((one, index): AccessKey => {
      const key = isDnsLabel(one) ? known.get(one) : undefined;
      if (key) return { name: key.name, key: key.publicKey };
      if (isDnsLabel(one)) {
        const message = `There is no SSH key "${one}" in this project.`;
        problems.push({ pointer: `${pointer}/${index}`, code: 'ssh_key.unknown', message });
      }
      return one;
    });
    const [first] = problems;
    if (first) throw requestInvalid(first.message, { errors: problems });
    return found;
  }

  /** Those that a new machine has which names none itself. */
  async automatic(project: Pick<ProjectRef, 'id'>): Promise<AccessKey[]> {
    const keys = await this.keys.ofProject(project.id);
    return keys.filter(({ automatic }) => automatic).map(({ name, publicKey }) => ({ name, key: publicKey }));
  }
}
