import { Injectable } from '@nestjs/common';
import type { Failure } from '../../../kernel/failure.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { type Caller, isDryRun, type Outcome, requestId } from '../../operations/outcome.contract.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { ExportCaches } from '../data/export-caches.js';
import {
  exportExists,
  exportSourceInUse,
  exportSourceNotFound,
  exportSourceNotReady,
} from '../domain/failures.js';
import { type ExportSpec, exportManifest, tokenSecret } from '../domain/manifest.js';
import { type CreateExportBody, specify } from '../domain/specify.js';
import { CREATE_KIND } from '../operation-kinds.js';
import { TenantCluster } from './tenant-cluster.js';
import { Work } from './work.js';

/** Makes a virtual machine, a snapshot or a disk available for download. */
@Injectable()
export class CreateExport {
  constructor(
    private readonly caches: ExportCaches,
    private readonly machines: VirtualMachinesContract,
    private readonly cluster: TenantCluster,
    private readonly work: Work,
  ) {}

  /** Throws request.invalid, vm.not_found, export.exists and the export.source_* failures. */
  async execute(caller: Caller, body: CreateExportBody): Promise<Outcome> {
    const spec = specify(body);
    const taken = this.caches.exports.get(caller.project.namespace, spec.name)
      ? exportExists(`There is an export "${spec.name}" in this project.`)
      : null;
    const refusal = taken ?? this.#refusalOf(caller.project, spec.source);
    const request = { kind: CREATE_KIND.kind, name: spec.name, input: { spec } };
    if (isDryRun()) {
      if (refusal) throw refusal;
      const near = await this.work.rehearse(caller, request);
      return this.#preview(caller, spec, [...near]);
    }
    return { operation: await this.work.begin(caller, request, refusal) };
  }

  /** Why the source cannot be exported now. KubeVirt would take it, and wait without a word. */
  #refusalOf(project: ProjectRef, source: ExportSpec['source']): Failure | null {
    const { namespace } = project;
    if ('vm' in source) {
      const { running } = this.machines.find(project, source.vm);
      return running ? exportSourceInUse(`The virtual machine "${source.vm}" is running.`) : null;
    }
    if ('snapshot' in source) {
      const snapshot = this.caches.snapshots.get(namespace, source.snapshot);
      if (!snapshot || snapshot.deleting) {
        return exportSourceNotFound(`There is no snapshot "${source.snapshot}" in this project.`);
      }
      return snapshot.ready
        ? null
        : exportSourceNotReady(`The snapshot "${source.snapshot}" is not ready yet.`);
    }
    const claim = this.caches.claims.get(namespace, source.disk);
    if (!claim || claim.deleting) {
      return exportSourceNotFound(`There is no disk "${source.disk}" in this project.`);
    }
    const [holder] = this.caches.instances.by('claim', `${namespace}/${source.disk}`);
    return holder
      ? exportSourceInUse(`The disk "${source.disk}" is in use by the virtual machine "${holder.name}".`)
      : null;
  }

  async #preview(caller: Caller, spec: ExportSpec, warnings: string[]): Promise<Outcome> {
    const from = {
      namespace: caller.project.namespace,
      operationId: 'dry-run',
      requestId: requestId(),
      requestedBy: caller.principal,
    };
    const manifests = [tokenSecret(spec, '<redacted>', from), exportManifest(spec, from)];
    await this.cluster.wouldCreate(caller, manifests);
    const [kind, name] = Object.entries(spec.source)[0] as [string, string];
    return {
      preview: {
        dryRun: true,
        manifests,
        warnings,
        effect: `It makes the ${kind} "${name}" available for download for ${spec.ttl} seconds.`,
      },
    };
  }
}
