import { Injectable } from '@nestjs/common';
import type { Failure } from '../../../kernel/failure.js';
import { ClusterCapabilities } from '../../../platform/cluster/cluster-capabilities.js';
import { CatalogContract } from '../../catalog/catalog.contract.js';
import { type Caller, isDryRun, type Outcome } from '../../operations/outcome.contract.js';
import { MachineCaches } from '../data/machine-caches.js';
import { vmMustBeStopped } from '../domain/attachment.js';
import { checkBootOrder } from '../domain/boot-order.js';
import { vmBeingDeleted, vmNotFound } from '../domain/failures.js';
import { vmInterfaceNotFound } from '../domain/interface-change.js';
import {
  type InterfaceBody,
  type InterfaceSpec,
  MAX_INTERFACES,
  specifyInterface,
  vmMacTaken,
} from '../domain/interfaces.js';
import type { ObservedMachine } from '../domain/observed.js';
import { Problems } from '../domain/specify.js';
import { ATTACH_INTERFACE_KIND, DETACH_INTERFACE_KIND } from '../interface-kinds.js';
import { MachineWork } from '../machine-work.contract.js';

/** Puts a machine on one more network, hot where it runs and the cluster can, and takes it off again. */
@Injectable()
export class AttachInterface {
  constructor(
    private readonly caches: MachineCaches,
    private readonly catalog: CatalogContract,
    private readonly work: MachineWork,
    private readonly capabilities: ClusterCapabilities,
  ) {}

  /** Throws network.unknown, request.invalid, vm.mac_taken, operation.in_progress. */
  async attach(caller: Caller, name: string, body: InterfaceBody): Promise<Outcome> {
    const { machine, running } = this.#machine(caller, name);
    const { multusName } = this.catalog.requireNetwork(caller.project, body.network, '/network');
    const spec = specify(body, multusName, machine);
    const hot = running && (await this.#isHot(spec));
    // Only virtio can be plugged in; what a preference would choose is not known here.
    const model = spec.model ?? (hot || machine.preference === null ? 'virtio' : null);
    const input = { uid: machine.uid, hot, running, interface: { ...spec, model } };
    const taken = spec.mac !== null && this.caches.hasMac(spec.mac, machine);
    const refusal = taken
      ? vmMacTaken(`Another machine has the address ${spec.mac}.`)
      : running && spec.bootOrder !== null
        ? vmMustBeStopped('The boot order of a running machine is settled.')
        : null;
    const effect = `It puts the machine "${name}" on the network "${body.network}" by the interface "${spec.name}", ${how(running, hot)}.`;
    return this.#begin(caller, { kind: ATTACH_INTERFACE_KIND.kind, name, input }, refusal, effect);
  }

  /** Throws vm.interface_not_found, operation.in_progress. */
  async detach(caller: Caller, name: string, interfaceName: string): Promise<Outcome> {
    const { machine, running } = this.#machine(caller, name);
    const found = machine.interfaces.find((one) => one.name === interfaceName);
    if (!found)
      throw vmInterfaceNotFound(`The virtual machine "${name}" has no interface "${interfaceName}".`);
    const { liveUpdate } = await this.capabilities.current();
    const hot = running && found.hotpluggable && liveUpdate.enabled;
    const input = { uid: machine.uid, hot, running, interface: { name: interfaceName } };
    const effect = `It takes the interface "${interfaceName}" from the machine "${name}", ${how(running, hot)}.`;
    return this.#begin(caller, { kind: DETACH_INTERFACE_KIND.kind, name, input }, null, effect);
  }

  /** KubeVirt plugs virtio cards on secondary networks into a running guest, where its changes are live at all. */
  async #isHot({ multusName, model }: InterfaceSpec): Promise<boolean> {
    if (multusName === null || (model !== null && model !== 'virtio')) return false;
    return (await this.capabilities.current()).liveUpdate.enabled;
  }

  #machine({ project: { namespace } }: Caller, name: string): { machine: ObservedMachine; running: boolean } {
    const machine = this.caches.machines.get(namespace, name);
    if (!machine) throw vmNotFound(`There is no virtual machine "${name}" in this project.`);
    if (machine.deleting) throw vmBeingDeleted();
    const phase = this.caches.instances.get(namespace, name)?.phase;
    return { machine, running: phase !== undefined && phase !== 'Succeeded' && phase !== 'Failed' };
  }

  async #begin(
    caller: Caller,
    request: Parameters<MachineWork['begin']>[1],
    refusal: Failure | null,
    effect: string,
  ): Promise<Outcome> {
    if (!isDryRun()) return { operation: await this.work.begin(caller, request, refusal) };
    if (refusal) throw refusal;
    return { preview: { dryRun: true, manifests: [], warnings: [], effect } };
  }
}

const how = (running: boolean, hot: boolean): string =>
  running ? (hot ? 'at once, while it runs' : 'which takes a restart') : 'for its next start';

function specify(
  body: InterfaceBody,
  multusName: string | null,
  { interfaces, podInterfaceByDefault }: ObservedMachine,
): InterfaceSpec {
  const problems = new Problems();
  const implicit = interfaces.length === 0 && podInterfaceByDefault ? ['default'] : [];
  const taken = new Set([...implicit, ...interfaces.map(({ name }) => name)]);
  const spec = specifyInterface(body, { pointer: '', taken, multusName }, problems);
  checkBootOrder(body.bootOrder, '/bootOrder', problems);
  if (taken.size >= MAX_INTERFACES) {
    problems.at('', 'interface.too_many', `A machine has at most ${MAX_INTERFACES} interfaces.`);
  }
  const onPod = implicit.length > 0 || interfaces.some(({ network }) => network === 'pod');
  if (multusName === null && onPod) {
    problems.at('/network', 'interface.pod', 'The machine is on the pod network already.');
  }
  problems.throwIfAny();
  return spec;
}
