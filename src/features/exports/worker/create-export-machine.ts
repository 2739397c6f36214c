import { Injectable } from '@nestjs/common';
import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import { SECRET, VIRTUAL_MACHINE_EXPORT } from '../../../platform/cluster/kinds.js';
import { isCode, TenantAsks } from '../../access/tenant-asks.contract.js';
import type { OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { ExportCaches } from '../data/export-caches.js';
import { ExportTokens } from '../data/export-tokens.js';
import { exportExists } from '../domain/failures.js';
import { type ExportSpec, exportManifest, type Provenance, tokenSecret } from '../domain/manifest.js';
import { ANNOTATION, tokenSecretName } from '../domain/names.js';
import { CREATE_KIND } from '../operation-kinds.js';
import { cleaner, ignoringAbsence } from './cleaning.js';
import { type ExportObserved, nextOfCreation } from './creation.js';

/** `export.create`: makes token and VirtualMachineExport, waits until it can be read. */
@Injectable()
export class CreateExportMachine implements OperationMachine<ExportObserved> {
  readonly kind = CREATE_KIND.kind;

  constructor(
    private readonly caches: ExportCaches,
    private readonly tokens: ExportTokens,
    private readonly asks: TenantAsks,
  ) {}

  observe({ project, target, id }: OperationRecord): ExportObserved {
    const found = this.caches.exports.get(project.namespace, target.name);
    return { export: found?.operationId === id ? found : undefined };
  }

  next(operation: OperationRecord, observed: ExportObserved, now: Date) {
    return nextOfCreation(operation, observed, now);
  }

  async ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    if (step === 'clean-up') return this.#cleanUp(operation);
    // Nothing is made for an operation that is being given up.
    if (step !== 'create-export' || operation.cancelRequested) return {};
    return this.asks.run(operation, 'exports:create', (as) => this.#create(operation, as));
  }

  async #create(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const { namespace } = operation.project;
    const spec = operation.input.spec as ExportSpec;
    const found = await this.asks.find(VIRTUAL_MACHINE_EXPORT, namespace, spec.name);
    if (found) return this.#adopt(operation, found, as);
    const from = provenanceOf(operation);
    const secret = tokenSecret(spec, this.tokens.of(namespace, spec.name, operation.id), from);
    try {
      await this.asks.cluster.create(SECRET, namespace, secret, { as });
    } catch (error) {
      // Its name is this operation's own: it is from an earlier delivery of this job.
      if (!isCode(error, 'cluster.already_exists')) throw error;
    }
    try {
      const made = await this.asks.cluster.create(
        VIRTUAL_MACHINE_EXPORT,
        namespace,
        exportManifest(spec, from),
        { as },
      );
      return await this.#adopt(operation, made, as);
    } catch (error) {
      if (!isCode(error, 'cluster.already_exists')) throw error;
      const present = await this.asks.find(VIRTUAL_MACHINE_EXPORT, namespace, spec.name);
      if (!present) throw error;
      return this.#adopt(operation, present, as);
    }
  }

  /** The export owns its token from here on, so that the cluster removes both together when its time is over. */
  async #adopt(
    operation: OperationRecord,
    found: { apiVersion?: string; metadata: { uid?: string; annotations?: Record<string, string> } },
    as: Impersonation,
  ): Promise<Record<string, string>> {
    const { name } = operation.target;
    if (found.metadata.annotations?.[ANNOTATION.operationId] !== operation.id) {
      throw exportExists(`An export "${name}" was made by someone else in the meantime.`);
    }
    const uid = found.metadata.uid ?? '';
    const apiVersion = found.apiVersion ?? 'export.kubevirt.io/v1beta1';
    const owner = { apiVersion, kind: 'VirtualMachineExport', name, uid };
    await this.asks.cluster.patch(
      SECRET,
      operation.project.namespace,
      tokenSecretName(name, operation.id),
      { type: 'merge', body: { metadata: { ownerReferences: [owner] } } },
      { as },
    );
    return { uid };
  }

  /** Takes back what this operation made, and only that. */
  async #cleanUp({ project, target, id }: OperationRecord): Promise<Record<string, string>> {
    const { namespace } = project;
    const as = cleaner(project);
    const found = await this.asks.find(VIRTUAL_MACHINE_EXPORT, namespace, target.name);
    if (found && found.metadata.annotations?.[ANNOTATION.operationId] === id) {
      await ignoringAbsence(
        this.asks.cluster.delete(VIRTUAL_MACHINE_EXPORT, namespace, target.name, {
          as,
          uid: found.metadata.uid,
        }),
      );
    }
    await ignoringAbsence(
      this.asks.cluster.delete(SECRET, namespace, tokenSecretName(target.name, id), { as }),
    );
    return {};
  }
}

export const provenanceOf = ({ id, requestId, requestedBy, project }: OperationRecord): Provenance => ({
  namespace: project.namespace,
  operationId: id,
  requestId,
  requestedBy,
});
