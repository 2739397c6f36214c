import { Injectable } from '@nestjs/common';
import { unavailable } from '../../../kernel/failures.js';
import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import {
  VIRTUAL_MACHINE,
  VIRTUAL_MACHINE_RESTORE,
  VIRTUAL_MACHINE_SNAPSHOT,
  VIRTUAL_MACHINE_SNAPSHOT_CONTENT,
} from '../../../platform/cluster/kinds.js';
import { TenantPolicy } from '../../../platform/tenant-policy/tenant-policy.js';
import { isCode } from '../../access/tenant-asks.contract.js';
import type { OperationRecord } from '../../operations/operations.contract.js';
import { ProtectionAsks } from '../../snapshots/tenant-asks.contract.js';
import { notOpen, notOpenIn } from '../../virtual-machines/allowed-machine.contract.js';
import { takeBackMachine } from '../../virtual-machines/take-back.contract.js';
import { restoreFailed, restoreVanished } from '../domain/restore-failures.js';
import { restoreName } from '../domain/restore-input.js';
import { restoreManifest } from '../domain/restore-manifest.js';

/** KubeVirt's mark on a machine that a restore made: the restore's name and uid. */
const LAST_RESTORE = 'restore.kubevirt.io/lastRestoreUID';

/** What both kinds of restore ask of the cluster. */
@Injectable()
export class RestoreAsks {
  constructor(
    readonly asks: ProtectionAsks,
    private readonly policy: TenantPolicy,
  ) {}

  /**
   * Throws vm.not_open where the snapshot holds what a tenant may not have; in place of a machine, only where that has
   * it no more: what an administrator took away does not come back.
   */
  requireOpen(
    { project: { namespace } }: OperationRecord,
    snapshot: string,
    spec: unknown,
    present?: object,
  ): void {
    const refused = notOpenIn({ spec }, this.policy, namespace, present);
    if (refused.length > 0) throw notOpen(refused, `What the snapshot "${snapshot}" holds`);
  }

  async create(
    operation: OperationRecord,
    spec: { target: string; snapshot: string; patches: readonly string[] },
    as: Impersonation,
  ): Promise<Record<string, string>> {
    const manifest = restoreManifest(operation, spec);
    const made = await this.asks.createOnce(VIRTUAL_MACHINE_RESTORE, operation, manifest, as);
    if (!made) throw restoreFailed('A restore of this name was made by someone else.');
    return { uid: made.metadata.uid ?? '' };
  }

  /** The spec of the machine as the snapshot has it. As virtgate itself. */
  async snapshottedSpec({ project }: OperationRecord, snapshot: string): Promise<unknown> {
    const found = await this.asks.find(VIRTUAL_MACHINE_SNAPSHOT, project.namespace, snapshot);
    const name = found?.status?.virtualMachineSnapshotContentName;
    const content =
      typeof name === 'string'
        ? await this.asks.find(VIRTUAL_MACHINE_SNAPSHOT_CONTENT, project.namespace, name)
        : null;
    if (!content) throw restoreVanished('The snapshot was deleted by someone else in the meantime.');
    return content.spec?.source?.virtualMachine?.spec;
  }

  /** Sets the run strategy, and tells a Manual machine to start. Asked twice, it does no more than once. */
  async run(
    { project }: OperationRecord,
    { name, runStrategy, start, uid }: { name: string; runStrategy: string; start: boolean; uid?: string },
    as: Impersonation,
  ): Promise<void> {
    const { namespace } = project;
    const found = await this.asks.find(VIRTUAL_MACHINE, namespace, name);
    if (!found || (uid !== undefined && found.metadata.uid !== uid)) throw restoreVanished();
    // The old way of saying it excludes a run strategy.
    const spec = found.spec?.running === undefined ? { runStrategy } : { running: start };
    try {
      const body = { metadata: { uid: found.metadata.uid }, spec };
      await this.asks.cluster.patch(VIRTUAL_MACHINE, namespace, name, { type: 'merge', body }, { as });
      if (start && 'runStrategy' in spec && runStrategy === 'Manual') {
        const request = { method: 'PUT' as const, body: {}, as };
        await this.asks.cluster.subresource(namespace, 'virtualmachines', name, 'start', request);
      }
    } catch (error) {
      // A lock that is still on its way out, or a start that has been asked already: looked at again.
      if (isCode(error, 'cluster.state_conflict')) {
        if (/already/i.test(error.message)) return;
        throw unavailable(error.message, { cause: error });
      }
      throw error;
    }
  }

  /** Unless it is complete: then it is history, and belongs to its machine. */
  async takeBackRestore(operation: OperationRecord): Promise<void> {
    const name = restoreName(operation.id);
    const found = await this.asks.find(VIRTUAL_MACHINE_RESTORE, operation.project.namespace, name);
    if (!found || found.status?.complete === true) return;
    await this.asks.takeBack(VIRTUAL_MACHINE_RESTORE, operation, name);
  }

  /** The machine that this operation's restore made, and no other. */
  async takeBackMachine(operation: OperationRecord, name: string, as: Impersonation): Promise<void> {
    const { namespace } = operation.project;
    const found = await this.asks.find(VIRTUAL_MACHINE, namespace, name);
    const mark = found?.metadata.annotations?.[LAST_RESTORE] ?? '';
    if (!found || !mark.startsWith(`${restoreName(operation.id)}-`)) return;
    await takeBackMachine(this.asks.cluster, namespace, found, as);
  }
}
