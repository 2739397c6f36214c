import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { requestInvalid } from '../../../kernel/failures.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { AuditedChange } from '../../../platform/audit/audited-change.js';
import { timeOrderedId } from '../../../platform/identifiers/time-ordered-id.js';
import { SshKeyStore } from '../data/ssh-key-store.js';
import type { SshKey } from '../domain/ssh-key.js';
import { sshKeyExists, sshKeyLimit } from '../domain/ssh-key-failures.js';
import { describeKey, sshKeyProblem } from '../public-key.contract.js';

const MOST_PER_PROJECT = 200;

export interface NewSshKey {
  name: string;
  publicKey: string;
  automatic: boolean;
}

@Injectable()
export class CreateSshKey {
  constructor(
    private readonly change: AuditedChange,
    private readonly store: SshKeyStore,
    private readonly clock: Clock,
  ) {}

  /** Throws request.invalid, ssh_key.exists, ssh_key.limit. */
  async execute(principal: Principal, project: ProjectRef, wanted: NewSshKey): Promise<SshKey> {
    const problem = sshKeyProblem(wanted.publicKey);
    if (problem) {
      const error = { pointer: '/publicKey', code: 'ssh_key', message: problem };
      throw requestInvalid(problem, { errors: [error] });
    }
    const now = this.clock.now();
    const publicKey = wanted.publicKey.trim();
    const { fingerprint } = describeKey(publicKey);
    const key: SshKey = {
      ...wanted,
      id: timeOrderedId(now),
      projectId: project.id,
      publicKey,
      fingerprint,
      createdBy: { type: principal.type, id: principal.id, name: principal.name },
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    const entry = {
      actor: principal,
      action: 'ssh-key.create',
      target: { type: 'ssh-key', name: wanted.name },
      project,
      details: { changed: { fingerprint: { to: fingerprint }, automatic: { to: wanted.automatic } } },
    };
    return this.change.run(entry, async (tx) => {
      if ((await this.store.count(tx, project.id)) >= MOST_PER_PROJECT) {
        throw sshKeyLimit(`A project has at most ${MOST_PER_PROJECT} SSH keys.`);
      }
      if (await this.store.insert(tx, key)) return key;
      throw await this.#taken(project, key);
    });
  }

  async #taken({ id }: ProjectRef, { name, fingerprint }: SshKey) {
    if (await this.store.byName(id, name)) {
      return sshKeyExists(`There is an SSH key "${name}" in this project.`);
    }
    const twin = (await this.store.ofProject(id)).find((one) => one.fingerprint === fingerprint);
    return sshKeyExists(`The project has this key already${twin ? `, as "${twin.name}"` : ''}.`);
  }
}
