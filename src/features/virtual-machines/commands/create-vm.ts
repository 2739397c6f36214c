import { Injectable } from '@nestjs/common';
import type { Failure } from '../../../kernel/failure.js';
import { CatalogContract } from '../../catalog/catalog.contract.js';
import { type Caller, isDryRun, type Outcome, requestId } from '../../operations/outcome.contract.js';
import { MachineCaches } from '../data/machine-caches.js';
import type { CreateBody, VirtualMachineSpec } from '../domain/create-body.js';
import { vmDiskExists, vmExists } from '../domain/failures.js';
import { MAX_INTERFACES, vmMacTaken } from '../domain/interfaces.js';
import { cloudInitSecret, type ManifestObject, virtualMachineManifest } from '../domain/manifest.js';
import { rootDiskName } from '../domain/names.js';
import { specify } from '../domain/specify.js';
import { MachineWork } from '../machine-work.contract.js';
import { CREATE_KIND } from '../operation-kinds.js';
import { inTrash } from '../trash.contract.js';
import { BootSources } from './boot-sources.js';
import { TenantCluster } from './tenant-cluster.js';

/** Creates a virtual machine with its boot disk. */
@Injectable()
export class CreateVm {
  constructor(
    private readonly caches: MachineCaches,
    private readonly catalog: CatalogContract,
    private readonly bootSources: BootSources,
    private readonly cluster: TenantCluster,
    private readonly work: MachineWork,
  ) {}

  async execute(caller: Caller, body: CreateBody): Promise<Outcome> {
    const found = await this.bootSources.find(caller, body.bootDisk);
    const networks = (body.networks ?? [])
      .slice(0, MAX_INTERFACES)
      .map(({ network }, index) => this.#network(caller, network, index));
    const spec = specify(body, found, networks);
    this.cluster.requireOpen(body);
    this.#checkMacs(caller, spec);
    const taken = this.#taken(caller, spec.name);
    if (taken && isDryRun()) throw taken;
    this.#checkCatalog(spec);
    if ('url' in spec.bootDisk.source) await this.bootSources.checkUrl(spec.bootDisk.source.url);
    const warnings = [...warningsOf(spec), ...(found?.warnings ?? [])];
    const request = { kind: CREATE_KIND.kind, name: spec.name, input: { spec }, warnings };
    if (isDryRun()) {
      const near = await this.work.rehearse(caller, request);
      return this.#preview(caller, spec, [...warnings, ...near]);
    }
    return { operation: await this.work.begin(caller, request, taken) };
  }

  #network({ project }: Caller, name: string, index: number): string | null {
    return this.catalog.requireNetwork(project, name, `/networks/${index}/network`).multusName;
  }

  #checkMacs({ project: { namespace } }: Caller, { name, interfaces }: VirtualMachineSpec): void {
    interfaces.forEach(({ mac }, index) => {
      if (mac === null || !this.caches.hasMac(mac, { namespace, name })) return;
      const error = { pointer: `/networks/${index}/mac`, code: vmMacTaken.definition.code };
      const message = `Another machine has the address ${mac}.`;
      throw vmMacTaken(message, { errors: [{ ...error, message }] });
    });
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

  /** KubeVirt since 1.6 accepts unknown names and then never starts the machine. */
  #checkCatalog(spec: VirtualMachineSpec): void {
    if ('instanceType' in spec.size)
      this.catalog.requireInstanceType(spec.size.instanceType, '/instanceType');
    if (spec.preference !== null) this.catalog.requirePreference(spec.preference, '/preference');
    if (spec.bootDisk.storageClass !== null) {
      this.catalog.requireStorageClass(spec.bootDisk.storageClass, '/bootDisk/storageClass');
    }
  }

  async #preview(caller: Caller, spec: VirtualMachineSpec, warnings: string[]): Promise<Outcome> {
    const from = {
      namespace: caller.project.namespace,
      operationId: 'dry-run',
      requestId: requestId(),
      requestedBy: caller.principal,
    };
    const machine = virtualMachineManifest(spec, from);
    const secret = cloudInitSecret(spec, from);
    const manifests = [...(secret ? [secret] : []), machine];
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
