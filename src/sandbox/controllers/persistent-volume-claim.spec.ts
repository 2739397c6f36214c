import type { KubeObject, Untyped } from '../store/kube-object.js';
import { stored, type WorldFacts, worldOf } from '../testing/world-of.js';
import { PROVISIONER, reconcileClaim } from './persistent-volume-claim.js';
import { PODS, STORAGE_CLASSES, VOLUMES } from './reconciliation.js';

const storageClass = stored({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'local', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: PROVISIONER,
});

function claim(changes: { metadata?: Untyped; spec?: Untyped; status?: Untyped } = {}): KubeObject {
  return stored({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'one', namespace: 'team', uid: 'claim', ...changes.metadata },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...changes.spec },
    status: changes.status,
  });
}

const user = (phase: string) =>
  stored({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'user', namespace: 'team' },
    spec: { volumes: [{ name: 'a', persistentVolumeClaim: { claimName: 'one' } }] },
    status: { phase },
  });

const reconcile = (one: KubeObject, facts: WorldFacts = {}) =>
  reconcileClaim(
    one,
    worldOf({ ...facts, objects: { [STORAGE_CLASSES]: [storageClass], ...facts.objects } }),
  );

describe('the claim controller', () => {
  it('binds a claim of the default class to a volume, and makes an empty disk for it', () => {
    const { changes } = reconcile(claim());
    expect(changes).toMatchObject([
      { kind: 'update', object: { spec: { storageClassName: 'local', volumeName: 'pvc-claim' } } },
      { kind: 'create', resource: VOLUMES, object: { metadata: { name: 'pvc-claim' } } },
      { kind: 'disk', command: { do: 'blank', claimUid: 'claim', sizeBytes: 2n ** 30n } },
      { kind: 'updateStatus', object: { status: { phase: 'Bound', capacity: { storage: '1Gi' } } } },
    ]);
  });

  it('makes nothing for a claim that waits for its first consumer', () => {
    const waiting = stored({ ...storageClass, volumeBindingMode: 'WaitForFirstConsumer' });
    const look = (one: KubeObject, pods: KubeObject[] = []) =>
      reconcile(one, { objects: { [STORAGE_CLASSES]: [waiting], [PODS]: pods } }).changes;
    const one = claim({ spec: { storageClassName: 'local' } });
    expect(look(one)).toMatchObject([
      { kind: 'event', reason: 'WaitForFirstConsumer' },
      { kind: 'updateStatus', object: { status: { phase: 'Pending' } } },
    ]);
    expect(look(claim({ spec: { storageClassName: 'local' }, status: { phase: 'Pending' } }))).toEqual([]);
    const made = expect.arrayContaining([expect.objectContaining({ kind: 'disk' })]);
    expect(look(one, [user('Pending')])).toEqual(made);
    const annotations = { 'cdi.kubevirt.io/storage.bind.immediate.requested': '' };
    expect(look(claim({ metadata: { annotations }, spec: { storageClassName: 'local' } }))).toEqual(made);
  });

  it('leaves to CDI what an import brings, and to others their classes', () => {
    const annotations = { 'cdi.kubevirt.io/storage.import.source': 'http' };
    const { changes } = reconcile(claim({ metadata: { annotations } }));
    expect(changes.some((change) => change.kind === 'disk')).toBe(false);
    expect(reconcile(claim({ spec: { storageClassName: 'other' } })).changes).toMatchObject([
      { kind: 'updateStatus', object: { status: { phase: 'Pending' } } },
    ]);
  });

  it('lengthens the disk of a claim that grew, once nobody uses it', () => {
    const grown = claim({
      spec: { resources: { requests: { storage: '2Gi' } } },
      status: { capacity: { storage: '1Gi' } },
    });
    const disks = { claim: { state: 'ready', bytes: 2n ** 30n } as const };
    const used = reconcile(grown, { disks, objects: { [PODS]: [user('Running')] } });
    expect(used.changes.some((change) => change.kind === 'disk')).toBe(false);
    expect(used.changes.at(-1)).toMatchObject({ object: { status: { capacity: { storage: '1Gi' } } } });
    const free = reconcile(grown, { disks, objects: { [PODS]: [user('Succeeded')] } });
    expect(free.changes).toContainEqual(
      expect.objectContaining({
        kind: 'disk',
        command: expect.objectContaining({ do: 'grow', sizeBytes: 2n ** 31n }),
      }),
    );
    const longer = { claim: { state: 'ready', bytes: 2n ** 31n } as const };
    expect(reconcile(grown, { disks: longer }).changes.at(-1)).toMatchObject({
      object: { status: { capacity: { storage: '2Gi' } } },
    });
  });

  it('removes image, volume and claim in that order, when no pod has it', () => {
    const deleted = claim({
      metadata: { deletionTimestamp: '2026-11-23T05:59:59Z', finalizers: ['kubernetes.io/pvc-protection'] },
      spec: { volumeName: 'pvc-claim' },
    });
    const disks = { claim: { state: 'ready', bytes: 1n } as const };
    expect(reconcile(deleted, { disks, objects: { [PODS]: [user('Running')] } }).changes).toEqual([]);
    expect(reconcile(deleted, { disks }).changes).toMatchObject([
      { kind: 'disk', command: { do: 'remove' } },
    ]);
    const volume = stored({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pvc-claim' } });
    expect(reconcile(deleted, { objects: { [VOLUMES]: [volume] } }).changes).toMatchObject([
      { kind: 'delete', resource: VOLUMES, name: 'pvc-claim' },
      { kind: 'update', object: { metadata: { finalizers: [] } } },
    ]);
  });
});
