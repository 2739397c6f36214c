import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { AuditedChange } from '../../../platform/audit/audited-change.js';
import { SshKeyStore } from '../data/ssh-key-store.js';
import { type SshKey, sshKeyVersion } from '../domain/ssh-key.js';
import { sshKeyNotFound } from '../domain/ssh-key-failures.js';

/** Throws request.precondition_failed unless the version is the one that the caller has seen. */
export type Expectation = (version: string) => void;

@Injectable()
export class ChangeSshKey {
  constructor(
    private readonly change: AuditedChange,
    private readonly store: SshKeyStore,
    private readonly clock: Clock,
  ) {}

  /** Whether new machines have it by themselves; those that are there stay as they are. Throws ssh_key.not_found. */
  execute(
    principal: Principal,
    project: ProjectRef,
    { name, automatic }: { name: string; automatic: boolean },
    expect: Expectation,
  ): Promise<SshKey> {
    const entry = {
      actor: principal,
      action: 'ssh-key.update',
      target: { type: 'ssh-key', name },
      project,
      details: { changed: { automatic: { to: automatic } } },
    };
    return this.change.run(entry, async (tx) => {
      const present = await this.store.lock(tx, project.id, name);
      if (!present) throw sshKeyNotFound(`There is no SSH key "${name}" in this project.`);
      expect(sshKeyVersion(present));
      return this.store.write(tx, present.id, { ...present, automatic, updatedAt: this.clock.now() });
    });
  }
}
