import { Injectable } from '@nestjs/common';
import { Failure, type FailureRecord, toFailureRecord } from '../../../kernel/failure.js';
import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import { SECRET, VIRTUAL_MACHINE } from '../../../platform/cluster/kinds.js';
import { ImportPolicy } from '../../../platform/import-policy/import-policy.js';
import { checkRegistryUrl } from '../../../platform/import-policy/registry-url.js';
import { isCode, TenantAsks } from '../../access/tenant-asks.contract.js';
import type { Decision, OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { MachineCaches } from '../data/machine-caches.js';
import type { VirtualMachineSpec } from '../domain/create-body.js';
import { vmExists } from '../domain/failures.js';
import { machineSecrets } from '../domain/machine-secrets.js';
import { type Provenance, virtualMachineManifest } from '../domain/manifest.js';
import { ANNOTATION, rootDiskName } from '../domain/names.js';
import { CREATE_KIND } from '../operation-kinds.js';
import { takeBackMachine } from '../take-back.contract.js';
import { type CreationObserved, nextOfCreation } from './creation.js';
import { ImportWatch } from './import-watch.js';

/** `vm.create`: checks the source, makes secret and VirtualMachine, follows the import, waits for the guest. */
@Injectable()
export class CreateMachine implements OperationMachine<CreationObserved> {
  readonly kind = CREATE_KIND.kind;
  readonly compensating = ['clean-up'];

  constructor(
    private readonly caches: MachineCaches,
    private readonly asks: TenantAsks,
    private readonly importPolicy: ImportPolicy,
    private readonly imports: ImportWatch,
  ) {}

  observe({ project, target, id }: OperationRecord): CreationObserved {
    const machine = this.caches.machines.get(project.namespace, target.name);
    const ours = machine?.operationId === id ? machine : undefined;
    const disks = rootDiskName(target.name);
    const dataVolume = this.caches.dataVolumes.get(project.namespace, disks);
    return {
      machine: ours,
      instance: this.caches.instances.get(project.namespace, target.name),
      dataVolume,
      movedAt: dataVolume && this.imports.movedAt(dataVolume.uid),
      claim: this.caches.claims.get(project.namespace, disks),
    };
  }

  next(operation: OperationRecord, observed: CreationObserved, now: Date): Decision {
    return nextOfCreation(operation, observed, now, this.imports.stallMs);
  }

  async ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    switch (step) {
      case 'check-source':
        return this.#checkSource(specOf(operation));
      case 'create-machine':
        // Nothing is made for an operation that is being given up.
        if (operation.cancelRequested) return { cancelled: 'true' };
        return this.asks.run(operation, 'vms:create', (as) => this.#create(operation, as));
      case 'start':
        return this.asks.run(operation, 'vms:create', (as) => this.#start(operation, as));
      case 'clean-up':
        return this.#cleanUp(operation);
      default:
        return {};
    }
  }

  /** A source that does not answer is the caller's to mend: told at once, whatever kind of failure it is. */
  async #checkSource({ bootDisk: { source } }: VirtualMachineSpec): Promise<Record<string, string>> {
    try {
      if ('registry' in source) await checkRegistryUrl(this.importPolicy, source.registry);
      if (!('url' in source)) return {};
      await this.importPolicy.check(source.url);
      const found = await this.importPolicy.probe(source.url);
      return { contentLength: String(found.contentLength ?? '') };
    } catch (error) {
      if (!(error instanceof Failure) || !error.code.startsWith('import.')) throw error;
      return { failed: JSON.stringify(toFailureRecord(error) satisfies FailureRecord) };
    }
  }

  async #create(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const { namespace } = operation.project;
    const spec = specOf(operation);
    const found = await this.asks.find(VIRTUAL_MACHINE, namespace, spec.name);
    if (found) return this.#adopt(operation, found, as);
    const from = provenanceOf(operation);
    for (const secret of machineSecrets(spec, from)) {
      try {
        await this.asks.cluster.create(SECRET, namespace, secret, { as });
      } catch (error) {
        // Its name is this operation's own: it is from an earlier delivery of this job.
        if (!isCode(error, 'cluster.already_exists')) throw error;
      }
    }
    try {
      const made = await this.asks.cluster.create(
        VIRTUAL_MACHINE,
        namespace,
        virtualMachineManifest(spec, from),
        { as },
      );
      return await this.#adopt(operation, made, as);
    } catch (error) {
      if (!isCode(error, 'cluster.already_exists')) throw error;
      const present = await this.asks.find(VIRTUAL_MACHINE, namespace, spec.name);
      if (!present) throw error;
      return this.#adopt(operation, present, as);
    }
  }

  /** The machine owns its secrets from here on, so that the cluster removes all together. */
  async #adopt(
    operation: OperationRecord,
    found: { metadata: { uid?: string; annotations?: Record<string, string> } },
    as: Impersonation,
  ): Promise<Record<string, string>> {
    const spec = specOf(operation);
    if (found.metadata.annotations?.[ANNOTATION.operationId] !== operation.id) {
      throw vmExists(`A virtual machine "${spec.name}" was made by someone else in the meantime.`);
    }
    const uid = found.metadata.uid ?? '';
    const owner = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name: spec.name, uid };
    const patch = { type: 'merge', body: { metadata: { ownerReferences: [owner] } } } as const;
    for (const { metadata } of machineSecrets(spec, provenanceOf(operation))) {
      await this.asks.cluster.patch(SECRET, operation.project.namespace, metadata.name, patch, { as });
    }
    return { uid };
  }

  /** A machine whose run strategy is Manual waits to be told. */
  async #start(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const { namespace } = operation.project;
    const options = { method: 'PUT' as const, body: {}, as };
    try {
      await this.asks.cluster.subresource(
        namespace,
        'virtualmachines',
        operation.target.name,
        'start',
        options,
      );
    } catch (error) {
      if (!isCode(error, 'cluster.state_conflict')) throw error;
    }
    return {};
  }

  /**
   * Takes back what this operation made, and only that. In nobody's name but an editor's of the project: whoever
   * began it may have lost their rights since, and nothing half-made may stay.
   */
  async #cleanUp(operation: OperationRecord): Promise<Record<string, string>> {
    const { project, target, id } = operation;
    const { namespace } = project;
    const as = {
      user: 'virtgate:clean-up',
      groups: [`virtgate:project:${project.name}:editor`, 'system:authenticated'],
    };
    const found = await this.asks.find(VIRTUAL_MACHINE, namespace, target.name);
    if (found && found.metadata.annotations?.[ANNOTATION.operationId] === id) {
      await takeBackMachine(this.asks.cluster, namespace, found, as);
    }
    for (const { metadata } of machineSecrets(specOf(operation), provenanceOf(operation))) {
      await ignoringAbsence(this.asks.cluster.delete(SECRET, namespace, metadata.name, { as }));
    }
    return {};
  }
}

const specOf = (operation: OperationRecord): VirtualMachineSpec => operation.input.spec as VirtualMachineSpec;

const provenanceOf = ({ id, requestId, requestedBy, project }: OperationRecord): Provenance => ({
  namespace: project.namespace,
  operationId: id,
  requestId,
  requestedBy,
});

async function ignoringAbsence(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isCode(error, 'cluster.not_found')) throw error;
  }
}
