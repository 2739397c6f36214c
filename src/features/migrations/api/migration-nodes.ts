import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Principal } from '../../../kernel/principal.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { NodeLoaders } from '../../../platform/graphql/node-loader.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { MIGRATION_TYPE, MigrationDirectory } from '../data/migration-directory.js';
import { POLICY_TYPE, PolicyReads, policyNode } from './policy-reads.js';

/** `node(id:)` of a migration, and of a policy. */
@Injectable()
export class MigrationNodes implements OnModuleInit {
  constructor(
    private readonly loaders: NodeLoaders,
    private readonly directory: MigrationDirectory,
    private readonly policies: PolicyReads,
    private readonly projects: ProjectDirectory,
    private readonly access: AccessPort,
  ) {}

  onModuleInit(): void {
    this.loaders.register(MIGRATION_TYPE, (uid, principal) => {
      const row = this.directory.byUid(uid);
      const project = row && this.projects.byNamespace(row.namespace);
      return row && project && this.access.allows(principal, 'vms:read', project) ? row : null;
    });
    this.loaders.register(POLICY_TYPE, (uid, principal) => {
      const policy = this.policies.byUid(uid);
      return policy && this.#onPlatform(principal) ? policyNode(policy) : null;
    });
  }

  #onPlatform(principal: Principal): boolean {
    try {
      this.access.platform(principal, 'migrations:read');
      return true;
    } catch {
      return false;
    }
  }
}
