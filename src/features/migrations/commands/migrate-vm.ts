import { Injectable } from '@nestjs/common';
import { type Caller, isDryRun, type Outcome } from '../../operations/outcome.contract.js';
import { MachineWork } from '../../virtual-machines/machine-work.contract.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { MigrationCaches } from '../data/migration-caches.js';
import { hostnameOf, refusalOf } from '../domain/refusal.js';
import { MIGRATE_KIND } from '../operation-kinds.js';
import { MigrationPreview } from './migration-preview.js';
import { MigrationRules } from './migration-rules.js';

/** Moves a running virtual machine to another node while it runs. */
@Injectable()
export class MigrateVm {
  constructor(
    private readonly machines: VirtualMachinesContract,
    private readonly caches: MigrationCaches,
    private readonly rules: MigrationRules,
    private readonly work: MachineWork,
    private readonly previews: MigrationPreview,
  ) {}

  /** Throws vm.not_found, auth.forbidden, migration.*, operation.in_progress. */
  async execute(caller: Caller, name: string, targetNode: string | null): Promise<Outcome> {
    const { project } = caller;
    this.machines.find(project, name);
    await this.rules.check(caller, targetNode);
    const instance = this.caches.instances.get(project.namespace, name);
    const nodes = [...this.caches.nodes.all()];
    const migrations = this.caches.of(project.namespace, name);
    const refusal = refusalOf({ instance, migrations, nodes, targetNode });
    const target = nodes.find((node) => node.name === targetNode);
    const nodeHostname = target ? hostnameOf(target) : null;
    if (isDryRun()) {
      if (refusal) throw refusal;
      return {
        preview: await this.previews.of(caller, name, { nodeHostname, from: instance?.node ?? null }),
      };
    }
    const input = { instanceUid: instance?.uid ?? '', targetNode, nodeHostname };
    const request = { kind: MIGRATE_KIND.kind, name, input };
    return { operation: await this.work.begin(caller, request, refusal) };
  }
}
