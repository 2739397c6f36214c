import { Injectable } from '@nestjs/common';
import type { Failure } from '../../../kernel/failure.js';
import { type Caller, isDryRun, type Outcome, requestId } from '../../operations/outcome.contract.js';
import { MachineCaches } from '../data/machine-caches.js';
import type { CreateBody, VirtualMachineSpec } from '../domain/create-body.js';
import { vmDiskExists, vmExists } from '../domain/failures.js';
import { machineSecrets } from '../domain/machine-secrets.js';
import { type ManifestObject, virtualMachineManifest } from '../domain/manifest.js';
import { rootDiskName } from '../domain/names.js';
import { specify } from '../domain/specify.js';
import { MachineWork } from '../machine-work.contract.js';
import { CREATE_KIND } from '../operation-kinds.js';
import { inTrash } from '../trash.contract.js';
import { CreateReferences } from './create-references.js';
import { TenantCluster } from './tenant-cluster.js';

/** Creates a virtual machine with its boot disk. */
@Injectable()
export class CreateVm {
  constructor(
    private readonly caches: MachineCaches,
    private readonly references: CreateReferences,
    private readonly cluster: TenantCluster,
    private readonly work: MachineWork,
  ) {}

  async execute(caller: Caller, body: CreateBody): Promise<Outcome> {
    const { source, networks, keys } = await this.references.find(caller, body);
    const spec = specify(body, source, networks, keys);
    this.cluster.requireOpen(body);
    const taken = this.#taken(caller, spec.name);
    if (taken && isDryRun()) throw taken;
    await this.references.check(caller, spec);
    const warnings = [...warningsOf(spec), ...(source?.warnings ?? [])];
    const request = { kind: CREATE_KIND.kind, name: spec.name, input: { spec }, warnings };
    if (isDryRun()) {
      const near = await this.work.rehearse(caller, request);
      return this.#preview(caller, spec, [...warnings, ...near]);
    }
    return { operation: await this.work.begin(caller, request, taken) };
  }

  #taken({ project }: Caller, name: string): Failure | null {
    if (this.caches.trash.get(project.namespace, name)) return inTrash(name);
    if (this.caches.machines.get(project.namespace, name)) {
      return vmExists(`There is a virtual machine "${name}" in this project.`);
    }
    const disk = rootDiskName(name);
    // KubeVirt would boot from it without a word.
    if (
      this.caches.dataVolumes.get(project.namespace, disk) ||
      this.caches.claims.get(project.namespace, disk)
    ) {
      return vmDiskExists(`There is a disk "${disk}" in this project.`);
    }
    return null;
  }

  async #preview(caller: Caller, spec: VirtualMachineSpec, warnings: string[]): Promise<Outcome> {
    const from = {
      namespace: caller.project.namespace,
      operationId: 'dry-run',
      requestId: requestId(),
      requestedBy: caller.principal,
    };
    const machine = virtualMachineManifest(spec, from);
    const manifests = [...machineSecrets(spec, from), machine];
    await this.cluster.wouldCreate(caller, manifests);
    const verb = spec.start ? 'creates and starts' : 'creates';
    return {
      preview: {
        dryRun: true,
        manifests: manifests.map(withoutSecrets),
        warnings,
        effect: `It ${verb} the virtual machine "${spec.name}" with a boot disk of ${spec.bootDisk.size}.`,
      },
    };
  }
}

const withoutSecrets = (object: ManifestObject): ManifestObject =>
  object.data
    ? { ...object, data: Object.fromEntries(Object.keys(object.data).map((key) => [key, '<redacted>'])) }
    : object;

function warningsOf({ bootDisk, userData }: VirtualMachineSpec): string[] {
  const { source } = bootDisk;
  const warnings: string[] = [];
  if ('url' in source && source.url.toLowerCase().startsWith('http:')) {
    warnings.push('The image comes over plain http: nothing proves that it is the one that was meant.');
  }
  if ('blank' in source && userData !== null) {
    warnings.push('The disk is blank: user data is read once something that knows cloud-init is installed.');
  }
  return warnings;
}
