import { Injectable } from '@nestjs/common';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { AuditedChange } from '../../../platform/audit/audited-change.js';
import { KeyUsers } from '../data/key-users.js';
import { SshKeyStore } from '../data/ssh-key-store.js';
import { sshKeyVersion } from '../domain/ssh-key.js';
import { sshKeyInUse, sshKeyNotFound } from '../domain/ssh-key-failures.js';
import type { Expectation } from './change-ssh-key.js';

const MOST_NAMED = 20;

@Injectable()
export class DeleteSshKey {
  constructor(
    private readonly change: AuditedChange,
    private readonly store: SshKeyStore,
    private readonly users: KeyUsers,
  ) {}

  /**
   * Only of the project: a guest that got the key at its creation keeps it, as a copy. Throws ssh_key.not_found, and
   * ssh_key.in_use where guest agents bring it in, for there its going would be taken for the end of the access.
   */
  execute(principal: Principal, project: ProjectRef, name: string, expect: Expectation): Promise<void> {
    const entry = {
      actor: principal,
      action: 'ssh-key.delete',
      target: { type: 'ssh-key', name },
      project,
    };
    return this.change.run(entry, async (tx) => {
      const present = await this.store.lock(tx, project.id, name);
      if (!present) throw sshKeyNotFound(`There is no SSH key "${name}" in this project.`);
      expect(sshKeyVersion(present));
      const users = this.users.require(project, name);
      if (users.length > 0) throw inUse(name, users);
      await this.store.delete(tx, present.id);
    });
  }
}

function inUse(name: string, users: readonly string[]) {
  const more = users.length > MOST_NAMED ? ` and ${users.length - MOST_NAMED} more` : '';
  const named = users.slice(0, MOST_NAMED).map((user) => `"${user}"`);
  return sshKeyInUse(`The SSH key "${name}" opens ${named.join(', ')}${more}.`, {
    details: { virtualMachines: users.slice(0, MOST_NAMED), total: users.length },
  });
}
