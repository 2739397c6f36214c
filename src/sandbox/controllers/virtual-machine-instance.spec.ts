import { DISK_FAILED, FORCED_OFF, type GuestObservation, type GuestState } from '../nodes/node-driver.js';
import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import { NOW, stored, type WorldFacts, worldOf } from '../testing/world-of.js';
import { launcherPod } from './launcher-pod.js';
import { type Change, CLAIMS, DATA_VOLUMES, PODS } from './reconciliation.js';
import { reconcileVirtualMachineInstance } from './virtual-machine-instance.js';
import { withVmiDefaults } from './vmi-defaults.js';
import { API_VERSION_ANNOTATIONS, VM_FINALIZER, VMI_FOREGROUND_FINALIZER } from './vmi-from-vm.js';

const UID = 'virtualmachineinstance-one';

function instance(status: Untyped = {}, metadata: Untyped = {}, spec: Untyped = {}): KubeObject {
  return stored({
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: {
      name: 'one',
      namespace: 'team',
      finalizers: [VM_FINALIZER, VMI_FOREGROUND_FINALIZER],
      annotations: API_VERSION_ANNOTATIONS,
      ...metadata,
    },
    spec: withVmiDefaults(
      {
        domain: { devices: {}, memory: { guest: '1Gi' } },
        volumes: [
          { name: 'root', dataVolume: { name: 'one-root' } },
          {
            name: 'seed',
            cloudInitNoCloud: { userData: '#cloud-config\n', networkDataSecretRef: { name: 'net' } },
          },
        ],
        ...spec,
      },
      'firmware-uuid',
    ),
    status,
  });
}

const claim = stored({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'one-root', namespace: 'team', uid: 'claim' },
  spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '1Gi' } }, volumeMode: 'Block' },
  status: { capacity: { storage: '1Gi' } },
});
const volume = (phase: string) =>
  stored({
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: { name: 'one-root', namespace: 'team' },
    status: { phase },
  });
const secret = stored({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'net', namespace: 'team' },
  data: { networkdata: Buffer.from('version: 2').toString('base64') },
});
const pod = (vmi: KubeObject, phase = 'Running', condition: Untyped = { status: 'True' }): KubeObject => {
  const conditions = [{ type: 'Ready', ...condition }];
  const made = stored({ ...launcherPod(vmi), status: { phase, podIP: '10.244.1.7', conditions } });
  made.spec.nodeName = 'node01';
  return made;
};
const guest = (state: GuestState, changes: Partial<GuestObservation> = {}): GuestObservation => ({
  uid: UID,
  state,
  ipAddresses: [],
  agentConnected: false,
  ...changes,
});

const ready = {
  objects: { [CLAIMS]: [claim], [DATA_VOLUMES]: [volume('Succeeded')], secrets: [secret] },
  disks: { claim: { state: 'ready', bytes: 2n ** 30n } as const },
};

function reconcile(vmi: KubeObject, facts: WorldFacts = {}, pods: KubeObject[] = []) {
  const objects = { ...ready.objects, ...facts.objects, [PODS]: pods };
  const result = reconcileVirtualMachineInstance(vmi, worldOf({ ...ready, ...facts, objects }));
  const update = result.changes.find((change) => change.kind === 'updateStatus');
  return { ...result, status: update?.kind === 'updateStatus' ? update.object.status : undefined };
}

const commands = (changes: Change[]) =>
  changes.flatMap((change) => (change.kind === 'guest' ? [change.command] : []));
const condition = (status: Untyped, type: string): Untyped =>
  status.conditions.find((one: Untyped) => one.type === type);
const running = { phase: 'Running', nodeName: 'node01', phaseTransitionTimestamps: [{ phase: 'Running' }] };

describe('the instance controller', () => {
  it('waits for the disks, then makes the pod', () => {
    const waiting = reconcile(instance(), { objects: { [DATA_VOLUMES]: [volume('ImportInProgress')] } });
    expect(waiting.status.phase).toBe('Pending');
    expect(condition(waiting.status, 'DataVolumesReady')).toMatchObject({ status: 'False' });
    expect(waiting.changes.some((change) => change.kind === 'create')).toBe(false);
    const going = reconcile(instance());
    expect(going.changes).toContainEqual(expect.objectContaining({ kind: 'create', resource: PODS }));
    expect(condition(going.status, 'DataVolumesReady')).toMatchObject({
      status: 'True',
      reason: 'AllDVsReady',
    });
    expect(condition(going.status, 'Ready')).toMatchObject({ status: 'False', reason: 'PodNotExists' });
  });

  it('names the claim that is not there', () => {
    const volumes = [{ name: 'root', persistentVolumeClaim: { claimName: 'none' } }];
    const { status } = reconcile(instance({}, {}, { volumes }));
    expect(condition(status, 'Synchronized')).toMatchObject({
      reason: 'FailedPvcNotFound',
      message: 'PVC team/none does not exist, waiting for it to appear',
    });
  });

  it('boots the guest once its pod runs', () => {
    const vmi = instance({ phase: 'Pending', phaseTransitionTimestamps: [{ phase: 'Pending' }] });
    const { status, changes } = reconcile(vmi, {}, [pod(vmi)]);
    expect(status).toMatchObject({ phase: 'Scheduled', nodeName: 'node01' });
    expect(status.phaseTransitionTimestamps.map((one: Untyped) => one.phase)).toEqual([
      'Pending',
      'Scheduling',
      'Scheduled',
    ]);
    expect(commands(changes)).toMatchObject([
      {
        do: 'start',
        spec: {
          uid: UID,
          node: 'node01',
          vcpus: 1,
          memoryBytes: 2n ** 30n,
          disks: [{ name: 'root', path: '/disks/claim.img', bus: 'sata', kind: 'disk', bootOrder: 1 }],
          interfaces: [
            { name: 'default', model: 'virtio', mac: expect.stringMatching(/^02(:[0-9a-f]{2}){5}$/) },
          ],
          cloudInit: { userData: '#cloud-config\n', networkData: 'version: 2' },
          firmwareUuid: 'firmware-uuid',
          uefi: false,
          startPaused: false,
        },
      },
    ]);
    const update = changes.find((change) => change.kind === 'update');
    expect(update).toMatchObject({ object: { metadata: { labels: { 'kubevirt.io/nodeName': 'node01' } } } });
  });

  it('keeps what firmware and TPM remember on a claim of the machine, where they are persistent', () => {
    const machine = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name: 'one', uid: 'vm' };
    const ownerReferences = [{ ...machine, controller: true }];
    const of = (efi: Untyped, tpm: Untyped, status: Untyped = {}) => {
      const domain = { firmware: { bootloader: { efi } }, devices: { tpm }, memory: { guest: '1Gi' } };
      return instance(status, { ownerReferences }, { domain });
    };
    const persistent = { persistent: true };
    const made = reconcile(of(persistent, persistent)).changes.filter(({ kind }) => kind === 'create');
    expect(made).toMatchObject([{ resource: CLAIMS, object: { metadata: { ownerReferences } } }]);
    const object = (made[0] as { object: NewObject }).object;
    expect(object.metadata).toMatchObject({
      name: expect.stringMatching(/^persistent-state-for-one-/),
      labels: { 'persistent-state-for': 'one' },
    });
    const objects = {
      [CLAIMS]: [claim, stored({ ...object, metadata: { ...object.metadata, uid: 'state' } })],
    };
    const next = reconcile(of(persistent, persistent), { objects }).changes;
    expect(next.find(({ kind }) => kind === 'create')).toMatchObject({
      resource: PODS,
      object: {
        spec: {
          volumes: expect.arrayContaining([
            { name: 'vm-state', persistentVolumeClaim: { claimName: object.metadata.name } },
          ]),
        },
      },
    });

    const specOf = (efi: Untyped, tpm: Untyped) => {
      const vmi = of(efi, tpm, { phase: 'Scheduled', nodeName: 'node01' });
      const [command] = commands(reconcile(vmi, { objects }, [pod(vmi)]).changes);
      return command?.do === 'start' ? command.spec : undefined;
    };
    const kept = '/disks/state.img.state';
    expect(specOf(persistent, persistent)).toMatchObject({
      uefi: true,
      secureBoot: true,
      tpm: true,
      kept: { uefiVariables: `${kept}/uefi-variables.fd`, tpmDirectory: `${kept}/tpm` },
    });
    expect(specOf({ secureBoot: false }, {})?.kept).toBeUndefined();
    expect(specOf({ secureBoot: false }, { enabled: false })).toMatchObject({ uefi: true });
    expect(specOf({ secureBoot: false }, { enabled: false })?.tpm).toBeUndefined();

    const movable = (tpm: Untyped) => {
      const vmi = of(persistent, tpm, { phase: 'Scheduled', nodeName: 'node01' });
      const { status } = reconcile(vmi, { objects, guests: [guest('running')] }, [pod(vmi)]);
      return condition(status, 'LiveMigratable').status;
    };
    expect([movable({}), movable(persistent)]).toEqual(['True', 'False']);
  });

  it('waits for a secret that cloud-init needs', () => {
    const vmi = instance({ phase: 'Scheduled', nodeName: 'node01' });
    const { status, changes, requeueAfterMs } = reconcile(vmi, { objects: { secrets: [] } }, [pod(vmi)]);
    expect(commands(changes)).toEqual([]);
    expect(requeueAfterMs).toBeGreaterThan(0);
    expect(condition(status, 'Synchronized')).toMatchObject({ message: 'secrets "net" not found' });
  });

  it('reports a guest that runs, is paused, or has its agent connected', () => {
    const vmi = instance({ phase: 'Scheduled', nodeName: 'node01' });
    const up = reconcile(vmi, { guests: [guest('running', { agentConnected: true })] }, [pod(vmi)]).status;
    expect(up).toMatchObject({
      phase: 'Running',
      interfaces: [{ name: 'default', ipAddress: '10.244.1.7', infoSource: 'domain, guest-agent' }],
      volumeStatus: [
        { name: 'root', target: 'sda', persistentVolumeClaimInfo: { capacity: { storage: '1073741824' } } },
        { name: 'seed', target: 'sdb' },
      ],
    });
    expect(condition(up, 'Ready').status).toBe('True');
    expect(condition(up, 'AgentConnected').status).toBe('True');
    expect(condition(up, 'LiveMigratable').status).toBe('True');
    const paused = reconcile(instance(up), { guests: [guest('paused')] }, [pod(vmi)]).status;
    expect(condition(paused, 'Paused')).toMatchObject({ status: 'True', reason: 'PausedByUser' });
    expect(condition(paused, 'AgentConnected')).toBeUndefined();
    const broken = guest('paused', { reason: DISK_FAILED });
    const stopped = reconcile(instance(up), { guests: [broken] }, [pod(vmi)]).status;
    expect(condition(stopped, 'Paused')).toMatchObject({ status: 'True', reason: 'PausedIOError' });
    const again = reconcile(instance(paused), { guests: [guest('running')] }, [pod(vmi)]).status;
    expect(condition(again, 'Paused')).toBeUndefined();
    const settled = reconcile(instance(again), { guests: [guest('running')] }, [pod(vmi)]);
    expect(settled.status).toBeUndefined();
  });

  it('is as ready as its pod', () => {
    const vmi = instance(running);
    const unready = { status: 'False', reason: 'ContainersNotReady', message: 'containers with unready' };
    const { status } = reconcile(vmi, { guests: [guest('running')] }, [pod(vmi, 'Running', unready)]);
    expect([status.phase, condition(status, 'Ready')]).toMatchObject(['Running', unready]);
  });

  it.each<[GuestObservation | undefined, string]>([
    [guest('shutdown'), 'Succeeded'],
    [guest('crashed', { reason: 'panic' }), 'Failed'],
    [guest('shutdown', { reason: `${FORCED_OFF} after the grace period` }), 'Failed'],
    [undefined, 'Failed'],
  ])('with guest %j ends as %s', (seen, phase) => {
    const vmi = instance(running);
    const { status } = reconcile(vmi, { guests: seen ? [seen] : [] }, [pod(vmi)]);
    expect(status.phase).toBe(phase);
    expect(condition(status, 'Ready').status).toBe('False');
  });

  it('ends the guest of a pod that is gone, and has failed only when the guest is dead', () => {
    const { status, changes } = reconcile(instance(running), { guests: [guest('running')] });
    expect(commands(changes)).toEqual([{ do: 'kill', uid: UID }]);
    expect(status.phase).toBe('Running');
    const after = reconcile(instance(running), { guests: [guest('shutdown')] });
    expect(after.status.phase).toBe('Failed');
  });

  describe('when deleted', () => {
    const gone = (seconds: number) => ({
      deletionTimestamp: new Date(NOW.getTime() - seconds * 1000).toISOString(),
    });

    it('presses the button once, and pulls the plug when the grace period is over', () => {
      const vmi = instance(running, gone(10));
      const first = reconcile(vmi, { guests: [guest('running')] }, [pod(vmi)]);
      expect(commands(first.changes)).toEqual([{ do: 'shutdown', uid: UID, gracePeriodSeconds: 20 }]);
      expect(first.requeueAfterMs).toBe(21_000);
      expect(condition(first.status, 'Ready').reason).toBe('PodTerminating');
      const pressed = { guests: [guest('running')], signalled: { [UID]: 20 } };
      expect(commands(reconcile(vmi, pressed, [pod(vmi)]).changes)).toEqual([]);
      const late = instance(running, gone(31));
      expect(commands(reconcile(late, pressed, [pod(late)]).changes)).toEqual([{ do: 'kill', uid: UID }]);
    });

    it('heeds a grace period that was shortened meanwhile', () => {
      const vmi = instance(running, gone(1), { terminationGracePeriodSeconds: 0 });
      const pressed = { guests: [guest('running')], signalled: { [UID]: 30 } };
      expect(commands(reconcile(vmi, pressed, [pod(vmi)]).changes)).toEqual([{ do: 'kill', uid: UID }]);
    });

    it('goes step by step once the guest has ended', () => {
      const vmi = instance(running, gone(5));
      const ended = reconcile(vmi, { guests: [guest('shutdown')] }, [pod(vmi)]);
      expect(ended.status.phase).toBe('Succeeded');
      expect(ended.changes).toContainEqual(expect.objectContaining({ kind: 'delete', resource: PODS }));
      expect(commands(ended.changes)).toEqual([{ do: 'remove', uid: UID }]);
      const last = reconcile(instance(ended.status, gone(5)));
      expect(last.changes).toContainEqual(
        expect.objectContaining({
          kind: 'update',
          object: expect.objectContaining({ metadata: expect.objectContaining({ finalizers: [] }) }),
        }),
      );
    });
  });
});
