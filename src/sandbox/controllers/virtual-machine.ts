import type { KubeObject, NewObject } from '../store/kube-object.js';
import { consumeVolumes } from './first-consumer.js';
import { MissingInstancetype, type ResolvedSpecs, resolveSpecs } from './instancetype-lookup.js';
import { giveRoom } from './live-update.js';
import { controllerOf, keyOf, ownerKey } from './ownership.js';
import {
  type Change,
  CLAIMS,
  type Controller,
  DATA_VOLUMES,
  editable,
  type Reconciliation,
  sameValue,
  statusChange,
  VMIS,
  VMS,
  type World,
} from './reconciliation.js';
import { missingDataVolumes, templatesReady } from './vm-data-volumes.js';
import { followTemplateVolumes } from './vm-hotplug.js';
import { updateLive } from './vm-live-update.js';
import { lockOf } from './vm-locks.js';
import { matcherRevisions, staleStartRevisions, startRevision } from './vm-revisions.js';
import { decidePower, nextStartFailure, type PowerDecision } from './vm-run-strategy.js';
import { type SyncFailure, vmStatus } from './vm-status.js';
import { API_VERSION_ANNOTATIONS, instanceOf, VM_FINALIZER } from './vmi-from-vm.js';

const COMPONENT = 'virtualmachine-controller';

/** virt-controller's part for VirtualMachine: makes and ends its instance, and says how it is. */
export const virtualMachineController: Controller = {
  name: 'virtualmachine',
  resource: VMS,
  reconcile: reconcileVirtualMachine,
  onRefused: (vm, message, world) => {
    const failure = { reason: 'FailedCreate', message };
    const facts = {
      vm,
      vmi: ownInstance(vm, world),
      starting: true,
      backingOff: false,
      failure,
      references: {},
    };
    const said = statusChange(VMS, vm, vmStatus(facts, world));
    return said.length > 0 ? [...said, warning(vm, 'FailedCreate', message)] : [];
  },
  watches: {
    [VMIS]: ownerKey('VirtualMachine'),
    [DATA_VOLUMES]: (volume, world) => machinesUsing(volume, world),
    [CLAIMS]: (claim, world) => {
      const volume = controllerOf(claim, 'DataVolume');
      const owner = volume && world.get(DATA_VOLUMES, claim.metadata.namespace, volume.name);
      return owner ? machinesUsing(owner, world) : [];
    },
  },
};

function machinesUsing(volume: KubeObject, world: World): string[] {
  const owned = ownerKey('VirtualMachine')(volume);
  if (owned.length > 0) return owned;
  return world
    .list(VMS, volume.metadata.namespace)
    .filter((vm) =>
      (vm.spec.template?.spec?.volumes ?? []).some(
        (one: { dataVolume?: { name: string } }) => one.dataVolume?.name === volume.metadata.name,
      ),
    )
    .map(keyOf);
}

export function reconcileVirtualMachine(vm: KubeObject, world: World): Reconciliation {
  const vmi = ownInstance(vm, world);
  if (vm.metadata.deletionTimestamp) return end(vm, vmi, world);
  const prepared = prepare(vm);
  if (prepared) return { changes: [prepared] };
  // A restore in place takes volumes away and brings them back.
  const changes: Change[] = vm.status?.restoreInProgress ? [] : missingDataVolumes(vm, world);
  const volumes = followTemplateVolumes(vm, vmi);
  // One change of the instance at a time: each is made from what there is now.
  changes.push(...(volumes.length > 0 ? volumes : updateLive(vm, vmi, world)));
  let failure: SyncFailure | undefined;
  let references = {};
  try {
    const revisions = matcherRevisions(vm, world);
    changes.push(...revisions.changes);
    references = revisions.references;
  } catch (error) {
    if (!(error instanceof MissingInstancetype)) throw error;
    failure = { reason: 'FailedFindInstancetype', message: error.message };
    changes.push(warning(vm, 'FailedFindInstancetype', error.message));
  }
  const foreign = foreignInstance(vm, world);
  if (foreign) failure = { reason: 'FailedCreate', message: foreign };
  const decision = decidePower(vm, vmi);
  const plan = failure && decision.act === 'start' ? { changes: [] } : carryOut(decision, vm, vmi, world);
  changes.push(...plan.changes);
  const status = vmStatus(
    {
      vm,
      vmi,
      starting: decision.act === 'start',
      backingOff: plan.requeueAfterMs !== undefined,
      failure,
      references,
    },
    world,
  );
  if (decision.act === 'stop' && decision.thenStart) {
    status.stateChangeRequests = [...(status.stateChangeRequests ?? []), { action: 'Start' }];
  }
  changes.push(...statusChange(VMS, vm, status));
  return { changes, requeueAfterMs: failure ? 10_000 : plan.requeueAfterMs };
}

/** Finalizer and annotations that the controller puts on first. */
function prepare(vm: KubeObject): Change | undefined {
  const wanted = editable(vm);
  wanted.metadata.finalizers = [...new Set([...(vm.metadata.finalizers ?? []), VM_FINALIZER])];
  wanted.metadata.annotations = { ...vm.metadata.annotations, ...API_VERSION_ANNOTATIONS };
  return sameValue(wanted.metadata, vm.metadata)
    ? undefined
    : { kind: 'update', resource: VMS, object: wanted };
}

function ownInstance(vm: KubeObject, world: World): KubeObject | undefined {
  const vmi = world.get(VMIS, vm.metadata.namespace, vm.metadata.name);
  return vmi && controllerOf(vmi, 'VirtualMachine')?.uid === vm.metadata.uid ? vmi : undefined;
}

function foreignInstance(vm: KubeObject, world: World): string | undefined {
  const vmi = world.get(VMIS, vm.metadata.namespace, vm.metadata.name);
  if (!vmi || controllerOf(vmi, 'VirtualMachine')?.uid === vm.metadata.uid) return undefined;
  return `VirtualMachineInstance ${keyOf(vmi)} already exists and is not owned by this VirtualMachine`;
}

function carryOut(
  decision: PowerDecision,
  vm: KubeObject,
  vmi: KubeObject | undefined,
  world: World,
): Reconciliation {
  if (decision.act === 'stop' && vmi) return { changes: stop(vm, vmi) };
  // What works on the disks of a machine that stands still counts on that.
  if (decision.act !== 'start' || lockOf(vm)) return { changes: [] };
  if (!templatesReady(vm, world)) return { changes: consumeVolumes(vm, world) };
  const retryAt = nextStartFailure(vm.status?.startFailure, vmi, world.now)?.retryAfterTimestamp;
  const waitMs = retryAt ? Date.parse(retryAt) - world.now.getTime() : 0;
  if (waitMs > 0) return { changes: [], requeueAfterMs: waitMs };
  const specs: ResolvedSpecs = resolveSpecs(vm, world);
  const instance: NewObject = instanceOf(vm, specs, decision.paused);
  giveRoom(instance.spec, world);
  return {
    changes: [
      ...staleStartRevisions(vm, vmi, world),
      ...startRevision(vm, world),
      { kind: 'create', resource: VMIS, object: instance },
      {
        kind: 'event',
        regarding: vm,
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message: `Started the virtual machine by creating the new virtual machine instance ${vm.metadata.name}`,
        component: COMPONENT,
      },
    ],
  };
}

function stop(vm: KubeObject, vmi: KubeObject): Change[] {
  return [
    { kind: 'delete', resource: VMIS, namespace: vmi.metadata.namespace, name: vmi.metadata.name },
    {
      kind: 'event',
      regarding: vm,
      type: 'Normal',
      reason: 'SuccessfulDelete',
      message: `Stopped the virtual machine by deleting the virtual machine instance ${vmi.metadata.uid}`,
      component: COMPONENT,
    },
  ];
}

function end(vm: KubeObject, vmi: KubeObject | undefined, world: World): Reconciliation {
  const orphan = vm.metadata.finalizers?.includes('orphan');
  if (vmi && !orphan) {
    const changes: Change[] = vmi.metadata.deletionTimestamp ? [] : stop(vm, vmi);
    const facts = { vm, vmi, starting: false, backingOff: false, references: {} };
    changes.push(...statusChange(VMS, vm, vmStatus(facts, world)));
    return { changes };
  }
  if (!vm.metadata.finalizers?.includes(VM_FINALIZER)) return { changes: [] };
  const released = editable(vm);
  released.metadata.finalizers = vm.metadata.finalizers.filter((one) => one !== VM_FINALIZER);
  return { changes: [{ kind: 'update', resource: VMS, object: released }] };
}

function warning(vm: KubeObject, reason: string, message: string): Change {
  return { kind: 'event', regarding: vm, type: 'Warning', reason, message, component: COMPONENT };
}
