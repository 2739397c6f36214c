import { Injectable } from '@nestjs/common';
import { Failure } from '../../../kernel/failure.js';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { PERSISTENT_VOLUME_CLAIM } from '../../../platform/cluster/kinds.js';
import { AccessContract } from '../../access/access.contract.js';
import { type Caller, isDryRun, type Outcome } from '../../operations/outcome.contract.js';
import { DiskCaches } from '../data/disk-caches.js';
import { DiskDirectory } from '../data/disk-directory.js';
import { diskInUse, diskNotFound } from '../domain/disk-failures.js';
import { DELETE_DISK_KIND, UPLOAD_DISK_KIND } from '../operation-kinds.js';
import { DiskWork } from './disk-work.js';

/** Deletes a disk that no machine uses. */
@Injectable()
export class DeleteDisk {
  constructor(
    private readonly directory: DiskDirectory,
    private readonly caches: DiskCaches,
    private readonly cluster: ClusterClient,
    private readonly access: AccessContract,
    private readonly work: DiskWork,
  ) {}

  async execute(caller: Caller, name: string): Promise<Outcome> {
    const { principal, project } = caller;
    const row = this.directory.get(project, name);
    if (!row) throw diskNotFound(`There is no disk "${name}" in this project.`);
    const [user] = row.attachedTo;
    const refusal = user
      ? diskInUse(`The virtual machine "${user.machine}" uses the disk "${name}".`, {
          details: { virtualMachines: [...new Set(row.attachedTo.map(({ machine }) => machine))] },
        })
      : this.#copying(project.namespace, name);
    const claim = this.caches.claims.get(project.namespace, name);
    const dataVolume = this.caches.dataVolumes.get(project.namespace, name);
    if (isDryRun()) {
      if (refusal) throw refusal;
      const as = this.access.impersonationOf(principal, project);
      try {
        await this.cluster.delete(PERSISTENT_VOLUME_CLAIM, project.namespace, name, { as, dryRun: true });
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== 'cluster.not_found') throw error;
      }
      const effect = `It deletes the disk "${name}" of ${row.size ?? 'unknown size'} with all that is on it.`;
      return { preview: { dryRun: true, manifests: [], warnings: [], effect } };
    }
    const input = { claimUid: claim?.uid ?? null, dataVolumeUid: dataVolume?.uid ?? null };
    // Nobody waits for the rest of what is to go.
    const supersedes = [UPLOAD_DISK_KIND.kind];
    const request = { kind: DELETE_DISK_KIND.kind, name, input, supersedes };
    return { operation: await this.work.begin(caller, request, refusal) };
  }

  /** A copy that loses its source half-way is lost as well. */
  #copying(namespace: string, name: string): Failure | null {
    const copy = this.caches.dataVolumes
      .inNamespace(namespace)
      .find(
        ({ source, phase }) =>
          isCopyOf(source, namespace, name) && phase !== 'Succeeded' && phase !== 'Failed',
      );
    if (!copy) return null;
    const hint = 'Wait until that is done, or cancel it.';
    return diskInUse(`The disk "${name}" is being copied to "${copy.name}".`, { hint });
  }
}

function isCopyOf(source: Record<string, unknown> | null, namespace: string, name: string): boolean {
  const claim = source?.pvc as { namespace?: string; name?: string } | undefined;
  return claim?.name === name && (claim.namespace ?? namespace) === namespace;
}
