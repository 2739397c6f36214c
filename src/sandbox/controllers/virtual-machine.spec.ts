import { clusterInstanceTypes } from '../catalogue/cluster-catalogue.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import { NOW, stored, type WorldFacts, worldOf } from '../testing/world-of.js';
import { controlledBy } from './ownership.js';
import { type Change, CLAIMS, DATA_VOLUMES, REVISIONS, VMIS } from './reconciliation.js';
import { reconcileVirtualMachine, virtualMachineController } from './virtual-machine.js';
import { API_VERSION_ANNOTATIONS, VM_FINALIZER } from './vmi-from-vm.js';

const TYPES = 'virtualmachineclusterinstancetypes.instancetype.kubevirt.io';

function machine(spec: Untyped = {}, status: Untyped = {}, metadata: Untyped = {}): KubeObject {
  return stored({
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: {
      name: 'one',
      namespace: 'team',
      finalizers: [VM_FINALIZER],
      annotations: API_VERSION_ANNOTATIONS,
      ...metadata,
    },
    spec: {
      runStrategy: 'Always',
      template: {
        metadata: { labels: { app: 'x' } },
        spec: {
          domain: { devices: {}, memory: { guest: '1Gi' } },
          volumes: [{ name: 'root', dataVolume: { name: 'one-root' } }],
        },
      },
      dataVolumeTemplates: [{ metadata: { name: 'one-root' }, spec: { source: { blank: {} } } }],
      ...spec,
    },
    status,
  });
}

function volume(phase: string, conditions: Untyped[] = []): KubeObject {
  return stored({
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: { name: 'one-root', namespace: 'team' },
    status: { phase, conditions },
  });
}

function instance(vm: KubeObject, status: Untyped, metadata: Untyped = {}): KubeObject {
  return stored({
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name: 'one', namespace: 'team', ownerReferences: [controlledBy(vm)], ...metadata },
    spec: {
      domain: { cpu: { sockets: 1, maxSockets: 4 }, memory: { guest: '1Gi' }, devices: {} },
    },
    status,
  });
}

const made = (changes: Change[], resource: string): Untyped =>
  changes.flatMap((change) =>
    change.kind === 'create' && change.resource === resource ? [change.object] : [],
  )[0];
const statusOf = (changes: Change[]): Untyped =>
  changes.flatMap((change) => (change.kind === 'updateStatus' ? [change.object.status] : []))[0];
const reasons = (changes: Change[]) =>
  changes.flatMap((change) => (change.kind === 'event' ? [change.reason] : []));

function reconcile(vm: KubeObject, facts: WorldFacts = {}) {
  const result = reconcileVirtualMachine(vm, worldOf(facts));
  return { ...result, status: statusOf(result.changes) };
}

describe('the machine controller', () => {
  it('puts its finalizer on before anything else', () => {
    const { changes } = reconcile(machine({}, {}, { finalizers: [] }));
    expect(changes).toMatchObject([{ kind: 'update', object: { metadata: { finalizers: [VM_FINALIZER] } } }]);
  });

  it('makes the disks first, and the instance once they are filled', () => {
    const first = reconcile(machine());
    expect(made(first.changes, DATA_VOLUMES).metadata).toMatchObject({
      name: 'one-root',
      ownerReferences: [{ kind: 'VirtualMachine', name: 'one', controller: true }],
    });
    expect(made(first.changes, VMIS)).toBeUndefined();
    const filling = reconcile(machine(), { objects: { [DATA_VOLUMES]: [volume('ImportInProgress')] } });
    expect(filling.status.printableStatus).toBe('Provisioning');
    expect(made(filling.changes, VMIS)).toBeUndefined();
    const filled = reconcile(machine(), { objects: { [DATA_VOLUMES]: [volume('Succeeded')] } });
    expect(made(filled.changes, VMIS)).toMatchObject({
      metadata: { name: 'one', labels: { app: 'x' }, annotations: { 'kubevirt.io/vm-generation': '1' } },
      spec: {
        domain: { memory: { guest: '1Gi' }, devices: { disks: [{ name: 'root', disk: { bus: 'sata' } }] } },
      },
    });
    expect(made(filled.changes, REVISIONS).metadata.name).toBe('revision-start-vm-virtualmachine-one-1');
    expect(reasons(filled.changes)).toEqual(['SuccessfulCreate']);
    expect(filled.status).toMatchObject({
      printableStatus: 'Starting',
      conditions: [{ type: 'Ready', status: 'False', reason: 'VMINotExists', message: 'VMI does not exist' }],
      volumeSnapshotStatuses: [{ enabled: false, name: 'root', reason: 'PVC not found' }],
    });
  });

  it('changes nothing when all is as it should be', () => {
    const objects = {
      [DATA_VOLUMES]: [volume('Succeeded')],
      [VMIS]: [instance(machine(), { phase: 'Running' })],
    };
    const once = reconcile(machine(), { objects });
    const settled = reconcile(machine({}, once.status), { objects });
    expect(settled.changes).toEqual([]);
  });

  it.each<[string, Untyped, string]>([
    ['without a status', {}, 'Starting'],
    ['Scheduling', { phase: 'Scheduling' }, 'Starting'],
    [
      'unschedulable',
      {
        phase: 'Scheduling',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }],
      },
      'ErrorUnschedulable',
    ],
    [
      'without its claim',
      {
        phase: 'Pending',
        conditions: [{ type: 'Synchronized', status: 'False', reason: 'FailedPvcNotFound' }],
      },
      'ErrorPvcNotFound',
    ],
    [
      'whose image cannot be pulled',
      {
        phase: 'Scheduling',
        conditions: [{ type: 'Synchronized', status: 'False', reason: 'ErrImagePull' }],
      },
      'ErrImagePull',
    ],
    ['Running', { phase: 'Running' }, 'Running'],
    ['paused', { phase: 'Running', conditions: [{ type: 'Paused', status: 'True' }] }, 'Paused'],
  ])('with an instance %s says %s', (_what, status, word) => {
    const vm = machine();
    const objects = { [DATA_VOLUMES]: [volume('Succeeded')], [VMIS]: [instance(vm, status)] };
    expect(reconcile(vm, { objects }).status.printableStatus).toBe(word);
  });

  it('says Stopping, Stopped, DataVolumeError and Terminating in their time', () => {
    const halted = machine({ runStrategy: 'Halted' });
    const deletionTimestamp = '2026-11-23T05:59:59Z';
    const stopping = instance(halted, { phase: 'Running' }, { deletionTimestamp });
    const filled = { [DATA_VOLUMES]: [volume('Succeeded')] };
    expect(reconcile(halted, { objects: { ...filled, [VMIS]: [stopping] } }).status.printableStatus).toBe(
      'Stopping',
    );
    expect(reconcile(halted, { objects: filled }).status.printableStatus).toBe('Stopped');
    const failing = volume('ImportInProgress', [{ type: 'Running', status: 'False', reason: 'Error' }]);
    expect(reconcile(machine(), { objects: { [DATA_VOLUMES]: [failing] } }).status.printableStatus).toBe(
      'DataVolumeError',
    );
    const deleted = machine({}, {}, { deletionTimestamp });
    const ending = reconcile(deleted, {
      objects: { ...filled, [VMIS]: [instance(deleted, { phase: 'Running' })] },
    });
    expect(ending.status.printableStatus).toBe('Terminating');
    expect(ending.changes).toMatchObject([
      { kind: 'delete', resource: VMIS },
      { kind: 'event' },
      { kind: 'updateStatus' },
    ]);
    expect(reconcile(deleted, { objects: filled }).changes).toMatchObject([
      { kind: 'update', object: { metadata: { finalizers: [] } } },
    ]);
  });

  it('holds back a start that keeps failing', () => {
    const failed = {
      consecutiveFailCount: 2,
      lastFailedVMIUID: 'x',
      retryAfterTimestamp: '2026-11-23T06:00:20Z',
    };
    const objects = { [DATA_VOLUMES]: [volume('Succeeded')] };
    const waiting = reconcile(machine({}, { startFailure: failed }), { objects });
    expect(made(waiting.changes, VMIS)).toBeUndefined();
    expect(waiting).toMatchObject({
      requeueAfterMs: 20_000,
      status: { printableStatus: 'CrashLoopBackOff' },
    });
    const due = new Date(NOW.getTime() + 21_000);
    expect(
      made(reconcile(machine({}, { startFailure: failed }), { objects, now: due }).changes, VMIS),
    ).toBeDefined();
  });

  it('keeps the instance type as it was when the machine met it', () => {
    const type = { ...clusterInstanceTypes().find((one) => one.metadata.name === 'u1.small') } as KubeObject;
    type.metadata = { ...type.metadata, uid: 'type-uid', generation: 1 };
    const spec = {
      instancetype: { kind: 'virtualmachineclusterinstancetype', name: 'u1.small' },
      dataVolumeTemplates: [],
      template: { spec: { domain: { devices: {} } } },
    };
    const first = reconcile(machine(spec), { objects: { [TYPES]: [type] } });
    const revision = stored(made(first.changes, REVISIONS));
    expect(revision.metadata.name).toBe('one-u1.small-v1beta1-type-uid-1');
    expect(first.status.instancetypeRef).toEqual({
      kind: 'virtualmachineclusterinstancetype',
      name: 'u1.small',
      controllerRevisionRef: { name: revision.metadata.name },
    });
    const grown = { ...type, spec: { ...type.spec, memory: { guest: '64Gi' } } };
    const later = reconcile(machine(spec, first.status), {
      objects: { [TYPES]: [grown], [REVISIONS]: [revision] },
    });
    expect(made(later.changes, VMIS).spec.domain.memory.guest).toBe('2Gi');
  });

  it('says which instance type it cannot find, and starts nothing', () => {
    const { changes, status } = reconcile(
      machine({ instancetype: { name: 'u9.none' }, dataVolumeTemplates: [] }),
    );
    expect(made(changes, VMIS)).toBeUndefined();
    expect(status.conditions).toContainEqual(
      expect.objectContaining({
        type: 'Failure',
        message:
          'Failure to find instancetype: virtualmachineclusterinstancetypes.instancetype.kubevirt.io "u9.none" not found',
      }),
    );
  });

  it('asks for a restart when the template has moved on from the running instance', () => {
    const vm = machine({ dataVolumeTemplates: [] });
    const started = stored({
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: { name: 'start', namespace: 'team' },
      data: { spec: structuredClone(vm.spec) },
    });
    const status = { phase: 'Running', virtualMachineRevisionName: 'start' };
    const annotations = { 'kubevirt.io/vm-generation': '1' };
    const objects = { [REVISIONS]: [started], [VMIS]: [instance(vm, status, { annotations })] };
    const types = (seen: Untyped) => seen.conditions.map((condition: Untyped) => condition.type);
    expect(types(reconcile(vm, { objects }).status)).not.toContain('RestartRequired');
    const moved = structuredClone(vm);
    moved.metadata.generation = 2;
    moved.spec.template.spec.nodeSelector = { disk: 'fast' };
    expect(types(reconcile(moved, { objects }).status)).not.toContain('RestartRequired');
    moved.spec.template.spec.domain.memory.guest = '2Gi';
    const asked = reconcile(moved, { objects }).status;
    expect(types(asked)).toContain('RestartRequired');
    expect(asked).toMatchObject({ desiredGeneration: 2, observedGeneration: 1 });
  });

  it('tells why the API server refused its instance, once', () => {
    const objects = { [CLAIMS]: [] };
    const told =
      virtualMachineController.onRefused?.(machine(), 'exceeded quota: q', worldOf({ objects })) ?? [];
    expect(reasons(told)).toEqual(['FailedCreate']);
    const again = virtualMachineController.onRefused?.(
      machine({}, statusOf(told)),
      'exceeded quota: q',
      worldOf({ objects }),
    );
    expect(again).toEqual([]);
  });
});
