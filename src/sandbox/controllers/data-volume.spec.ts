import type { KubeObject, Untyped } from '../store/kube-object.js';
import { NOW, stored, worldOf } from '../testing/world-of.js';
import { CDI_CONFIGS, usableBytes } from './claim-size.js';
import { claimRefused, reconcileDataVolume } from './data-volume.js';
import { controlledBy } from './ownership.js';
import { type Change, CLAIMS, type DiskState, STORAGE_CLASSES } from './reconciliation.js';

const PROFILES = 'storageprofiles.cdi.kubevirt.io';
const storageClass = stored({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'local', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
});
const profile = stored({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  kind: 'StorageProfile',
  metadata: { name: 'local' },
  status: {
    claimPropertySets: [
      { accessModes: ['ReadWriteMany'], volumeMode: 'Block' },
      { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem' },
    ],
  },
});

function volume(status: Untyped = {}, spec: Untyped = {}, metadata: Untyped = {}): KubeObject {
  return stored({
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: {
      name: 'one',
      namespace: 'team',
      annotations: { 'cdi.kubevirt.io/storage.usePopulator': 'false', ...metadata.annotations },
    },
    spec: {
      source: { http: { url: 'http://images/one' } },
      storage: { resources: { requests: { storage: '10Gi' } } },
      ...spec,
    },
    status,
  });
}

function claim(
  phase: string,
  owner: KubeObject | null = volume(),
  { annotations = {}, storageClassName = 'local' } = {},
): KubeObject {
  return stored({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: 'one',
      namespace: 'team',
      uid: 'claim',
      annotations,
      ownerReferences: owner ? [controlledBy(owner)] : [],
    },
    spec: { storageClassName },
    status: { phase },
  });
}

function reconcile(one: KubeObject, claims: KubeObject[], disk?: DiskState, now = NOW) {
  const objects = { [CLAIMS]: claims, [STORAGE_CLASSES]: [storageClass], [PROFILES]: [profile] };
  const result = reconcileDataVolume(one, worldOf({ objects, disks: disk ? { claim: disk } : {}, now }));
  const update = result.changes.find((change) => change.kind === 'updateStatus');
  return { ...result, status: update?.kind === 'updateStatus' ? update.object.status : undefined };
}

const works = (changes: Change[]) =>
  changes.flatMap((change) => (change.kind === 'disk' ? [change.command] : []));
const reasons = (changes: Change[]) =>
  changes.flatMap((change) => (change.kind === 'event' ? [change.reason] : []));
const condition = (status: Untyped, type: string): Untyped =>
  status.conditions.find((one: Untyped) => one.type === type);

const waiting = stored({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'waiting' },
  volumeBindingMode: 'WaitForFirstConsumer',
});

describe('the data volume controller', () => {
  it('asks for more than the disk where a filesystem keeps a share', () => {
    const config = stored({
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'CDIConfig',
      metadata: { name: 'config' },
      status: { filesystemOverhead: { global: '0.06', storageClass: { other: '0.5' } } },
    });
    const storage = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    const asked = (more: object): Untyped => {
      const objects = { [STORAGE_CLASSES]: [storageClass], [PROFILES]: [profile], [CDI_CONFIGS]: [config] };
      const one = volume({}, { storage: { ...storage, ...more } });
      return reconcileDataVolume(one, worldOf({ objects })).changes[0];
    };
    const claimed = asked({}).object;
    // 1 GiB / 0.94, whole mebibytes.
    expect(claimed.spec).toMatchObject({
      volumeMode: 'Filesystem',
      resources: { requests: { storage: '1142947840' } },
    });
    const world = worldOf({ objects: { [CDI_CONFIGS]: [config] } });
    expect(usableBytes(claimed, world)).toBe(2n ** 30n);
    const block = asked({ accessModes: ['ReadWriteMany'] }).object;
    expect(block.spec.resources.requests.storage).toBe('1073741824');
    const other = asked({ storageClassName: 'other' }).object;
    expect(other.spec.resources.requests.storage).toBe(String(2n ** 31n));
  });

  it('says what waits for its first consumer, and fills it once that is there', () => {
    const phaseOf = (claimed: KubeObject) => {
      const objects = { [CLAIMS]: [claimed], [STORAGE_CLASSES]: [waiting], [PROFILES]: [] };
      const { changes } = reconcileDataVolume(volume(), worldOf({ objects }));
      const update = changes.find((change) => change.kind === 'updateStatus');
      return update?.kind === 'updateStatus' ? update.object.status.phase : undefined;
    };
    const storageClassName = 'waiting';
    expect(phaseOf(claim('Pending', volume(), { storageClassName }))).toBe('WaitForFirstConsumer');
    for (const mark of [
      'cdi.kubevirt.io/storage.bind.immediate.requested',
      'volume.kubernetes.io/selected-node',
    ]) {
      const annotations = { [mark]: 'x' };
      expect(phaseOf(claim('Pending', volume(), { storageClassName, annotations }))).toBe('Pending');
    }
    expect(phaseOf(claim('Bound', volume(), { storageClassName }))).toBe('ImportScheduled');
  });

  it('makes the claim that the storage profile suggests', () => {
    const { changes, status } = reconcile(volume(), []);
    expect(changes[0]).toMatchObject({
      kind: 'create',
      resource: CLAIMS,
      object: {
        metadata: { name: 'one', ownerReferences: [{ kind: 'DataVolume', name: 'one' }] },
        spec: {
          accessModes: ['ReadWriteMany'],
          volumeMode: 'Block',
          storageClassName: 'local',
          resources: { requests: { storage: '10737418240' } },
        },
      },
    });
    expect(status).toMatchObject({ phase: 'Pending', progress: 'N/A', claimName: 'one' });
    const once = { storage: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
    expect(reconcile(volume({}, once), []).changes[0]).toMatchObject({
      object: { spec: { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem' } },
    });
  });

  it('imports once the claim is bound, and tells how far it is', () => {
    expect(reconcile(volume(), [claim('Pending')]).status.phase).toBe('Pending');
    const due = reconcile(volume({ phase: 'Pending' }), [claim('Bound')]);
    expect(due.status.phase).toBe('ImportScheduled');
    expect(works(due.changes)).toMatchObject([
      { do: 'import', claimUid: 'claim', url: 'http://images/one', sizeBytes: 10n * 2n ** 30n },
    ]);
    const under = reconcile(volume(due.status), [claim('Bound')], { state: 'working', percent: 42.345 });
    expect(under.status).toMatchObject({ phase: 'ImportInProgress', progress: '42.3%' });
    expect(works(under.changes)).toEqual([]);
    const done = reconcile(volume(under.status), [claim('Bound')], { state: 'ready', bytes: 1n });
    expect(done.status).toMatchObject({ phase: 'Succeeded', progress: '100.0%' });
    expect(condition(done.status, 'Ready')).toMatchObject({ status: 'True' });
    expect(reasons(done.changes)).toEqual(['ImportSucceeded']);
  });

  it('begins again what a killed sandbox had not finished', () => {
    const cut = volume({ phase: 'ImportInProgress', progress: '60.0%' });
    expect(works(reconcile(cut, [claim('Bound')]).changes)).toMatchObject([{ do: 'import' }]);
  });

  it('tells of a failure once, waits, and tries again', () => {
    const failed: DiskState = {
      state: 'failed',
      message: 'expected status code 200, got 404',
      failures: 1,
      retryAt: new Date(NOW.getTime() + 10_000),
    };
    const first = reconcile(volume({ phase: 'ImportInProgress' }), [claim('Bound')], failed);
    expect(first).toMatchObject({
      requeueAfterMs: 10_000,
      status: { phase: 'ImportInProgress', restartCount: 1 },
    });
    expect(condition(first.status, 'Running')).toMatchObject({
      status: 'False',
      reason: 'Error',
      message: 'expected status code 200, got 404',
    });
    expect([works(first.changes), reasons(first.changes)]).toEqual([[], ['Error']]);
    const again = reconcile(volume(first.status), [claim('Bound')], failed);
    expect(reasons(again.changes)).toEqual([]);
    const later = reconcile(volume(first.status), [claim('Bound')], failed, failed.retryAt);
    expect(works(later.changes)).toMatchObject([{ do: 'import' }]);
  });

  it('leaves a filled claim filled, whatever becomes of the disk’s work', () => {
    const { status } = reconcile(volume({ phase: 'Succeeded' }), [claim('Bound')], { state: 'working' });
    expect(status.phase).toBe('Succeeded');
  });

  it('takes over a claim that nobody owns where it may, and no other', () => {
    const free = claim('Bound', null);
    const refused = reconcile(volume(), [free]);
    expect(condition(refused.status, 'Bound')).toMatchObject({ reason: 'ErrResourceExists' });
    const allowed = { annotations: { 'cdi.kubevirt.io/allowClaimAdoption': 'true' } };
    expect(reconcile(volume({}, {}, allowed), [free]).changes).toMatchObject([
      {
        kind: 'update',
        resource: CLAIMS,
        object: { metadata: { ownerReferences: [{ kind: 'DataVolume' }] } },
      },
    ]);
    const other = stored({ apiVersion: 'apps/v1', kind: 'Other', metadata: { name: 'x' } });
    expect(
      condition(reconcile(volume({}, {}, allowed), [claim('Bound', other)]).status, 'Bound').reason,
    ).toBe('ErrResourceExists');
  });

  it('says which quota is in the way, once', () => {
    const told = claimRefused(volume(), 'exceeded quota: small', worldOf({}));
    expect(reasons(told)).toEqual(['ErrExceededQuota']);
    const status = told.flatMap((change) =>
      change.kind === 'updateStatus' ? [change.object.status] : [],
    )[0];
    expect(claimRefused(volume(status), 'exceeded quota: small', worldOf({}))).toEqual([]);
  });
});
