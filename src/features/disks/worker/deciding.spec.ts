import type { OperationRecord } from '../../operations/operations.contract.js';
import type { ObservedDataVolume, ObservedDiskClaim } from '../domain/observed.js';
import { nextOfDiskChange } from './change-disk-machine.js';
import { nextOfDiskCreation } from './disk-creation.js';
import { nextOfUpload } from './upload-disk-machine.js';

const NOW = new Date('2030-01-01T12:00:00Z');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);

const operation = (asked: Record<string, Record<string, string>>, input: object, seconds = 1) =>
  ({
    id: 'op-1',
    input,
    project: { name: 'demo' },
    target: { type: 'disk', name: 'd1' },
    steps: [],
    progress: null,
    createdAt: ago(seconds),
    cancelRequested: false,
    asked: Object.fromEntries(
      Object.entries(asked).map(([step, notes]) => [
        step,
        { at: ago(seconds).toISOString(), notes, refusal: null },
      ]),
    ),
  }) as unknown as OperationRecord;

const notes = {
  labels: {},
  displayName: null,
  createdBy: null,
  operationId: 'op-1',
  source: null,
  size: null,
};
const claim = (more: Partial<ObservedDiskClaim> = {}): ObservedDiskClaim => ({
  namespace: 'n',
  name: 'd1',
  uid: 'c-1',
  resourceVersion: '5',
  createdAt: '',
  deleting: false,
  notes,
  upload: null,
  phase: 'Bound',
  requested: '1Gi',
  capacity: '1Gi',
  storageClass: 's',
  accessModes: ['ReadWriteMany'],
  volumeMode: 'Block',
  growsOnUse: false,
  auxiliary: false,
  ofImage: false,
  ...more,
});
const dataVolume = (more: Partial<ObservedDataVolume> = {}): ObservedDataVolume => ({
  namespace: 'n',
  name: 'd1',
  uid: 'dv-1',
  resourceVersion: '5',
  createdAt: '',
  deleting: false,
  notes,
  phase: 'Succeeded',
  progress: null,
  restarts: 0,
  requested: '1Gi',
  storageClass: 's',
  source: null,
  owner: null,
  ofImage: false,
  running: null,
  bound: null,
  ...more,
});

describe('disk.create', () => {
  const MADE = { 'check-source': {}, 'create-disk': { uid: 'dv-1' } };
  const next = (
    source: object,
    volume?: ObservedDataVolume,
    { asked = {}, access = null as object | null, sourceGone = false, seconds = 1 } = {},
  ) =>
    nextOfDiskCreation(
      operation({ ...MADE, ...asked }, { disk: { source, access } }, seconds),
      { dataVolume: volume, claim: claim(), movedAt: ago(1), sourceGone },
      NOW,
      60_000,
    );

  it('ends when the disk is full, or takes an upload', () => {
    expect(next({ blank: true }, dataVolume())).toMatchObject({ do: 'succeed', result: { state: 'Ready' } });
    const ready = dataVolume({ phase: 'UploadReady' });
    expect(next({ upload: true }, ready)).toMatchObject({ do: 'succeed', result: { state: 'UploadReady' } });
    expect(next({ url: 'https://a' }, dataVolume({ phase: 'ImportInProgress', progress: 50 }))).toMatchObject(
      {
        do: 'wait',
        step: 'fill',
        progress: 50,
      },
    );
  });

  it('drops what the importer signed in with before it ends', () => {
    const access = { checksum: null, credentials: { username: 'a', password: 'b' }, certificates: null };
    expect(next({ url: 'https://a' }, dataVolume(), { access })).toMatchObject({
      do: 'act',
      step: 'drop-access',
    });
    const asked = { 'drop-access': {} };
    expect(next({ url: 'https://a' }, dataVolume(), { access, asked })).toMatchObject({ do: 'succeed' });
    const sum = { checksum: 'md5:0', credentials: null, certificates: null };
    expect(next({ url: 'https://a' }, dataVolume(), { access: sum })).toMatchObject({ do: 'succeed' });
  });

  it('ends where its source is gone, but not while it is being copied', () => {
    const running = { status: 'False', reason: 'CloneWithoutSource', message: 'x' };
    const gone = { do: 'act', step: 'clean-up', message: expect.stringMatching(/source_not_found.*"d0"/) };
    const waits = dataVolume({ phase: 'Pending', running });
    expect(next({ disk: 'd0' }, waits)).toMatchObject(gone);
    const silent = dataVolume({ phase: 'CloneScheduled' });
    expect(next({ disk: 'd0' }, silent, { sourceGone: true })).toMatchObject({ do: 'wait' });
    expect(next({ disk: 'd0' }, silent, { sourceGone: true, seconds: 11 })).toMatchObject(gone);
    const copies = dataVolume({ phase: 'CSICloneInProgress' });
    expect(next({ disk: 'd0' }, copies, { sourceGone: true, seconds: 11 })).toMatchObject({ do: 'wait' });
  });

  it('says how large the disk has to be', () => {
    const message = 'Virtual image size 1048577 is larger than the reported available storage 1024.';
    const running = { status: 'False', reason: 'Error', message };
    const failing = dataVolume({ phase: 'ImportInProgress', running });
    expect(next({ url: 'https://a' }, failing)).toMatchObject({ do: 'act', step: 'clean-up' });
    const cleaning = { name: 'clean-up', state: 'RUNNING', message: `import.too_large: ${message}` };
    const after = { ...operation({ ...MADE, 'clean-up': {} }, { disk: { source: { url: 'x' } } }) };
    after.steps = [cleaning as unknown as (typeof after.steps)[number]];
    const nothing = { dataVolume: undefined, claim: undefined, movedAt: undefined, sourceGone: false };
    expect(nextOfDiskCreation(after, nothing, NOW, 60_000)).toMatchObject({
      do: 'fail',
      error: { code: 'import.too_large', hint: 'Ask for a size of at least 2Mi.' },
    });
  });

  it('takes back what a quota or an importer refuses', () => {
    const running = { status: 'False', reason: 'ErrExceededQuota', message: 'exceeded quota' };
    expect(next({ blank: true }, dataVolume({ phase: 'Pending', running }))).toMatchObject({
      do: 'act',
      step: 'clean-up',
      message: 'cluster.quota_exceeded: exceeded quota',
    });
  });
});

describe('disk.expand', () => {
  const asked = { apply: { resourceVersion: '5' } };
  const input = { uid: 'c-1', size: '2Gi', request: '2Gi' };

  it('waits for the storage, and says where a filesystem waits for a machine', () => {
    const next = (more: Partial<ObservedDiskClaim>) =>
      nextOfDiskChange(operation(asked, input), claim(more), NOW);
    expect(next({ requested: '2Gi' })).toMatchObject({ do: 'wait', step: 'grow' });
    expect(next({ requested: '2Gi', capacity: '2Gi' })).toMatchObject({ do: 'succeed' });
    expect(next({ requested: '2Gi', growsOnUse: true })).toMatchObject({ result: { growsOnUse: true } });
    expect(next({ uid: 'other' })).toMatchObject({ do: 'fail', error: { code: 'disk.vanished' } });
  });
});

describe('disk.upload', () => {
  const upload = {
    operation: 'op-1',
    state: 'receiving' as const,
    received: 50,
    total: 100,
    passed: null,
    until: null,
    error: null,
  };
  const next = (more: object, seconds: number, phase = 'UploadReady') =>
    nextOfUpload(
      operation({ receive: {} }, { uid: 'c-1' }, seconds),
      {
        claim: claim({ upload: { ...upload, at: ago(seconds).toISOString(), ...more } }),
        dataVolume: dataVolume({ phase }),
      },
      NOW,
    );

  it('follows the gateway, and notices when it falls silent', () => {
    expect(next({}, 2)).toMatchObject({ do: 'wait', step: 'receive', progress: 47 });
    expect(next({}, 61)).toMatchObject({ do: 'act', step: 'clean-up' });
    expect(next({ state: 'sent' }, 61)).toMatchObject({ do: 'wait', step: 'process' });
    expect(next({ state: 'sent' }, 2, 'Succeeded')).toMatchObject({ do: 'succeed', result: { bytes: 50 } });
  });

  it('lets the client of a staged upload be silent until it expires', () => {
    const until = ago(-100).toISOString();
    expect(next({ until }, 5000)).toMatchObject({ do: 'wait', step: 'receive', progress: 23 });
    expect(next({ until, received: 100, passed: 50 }, 5000)).toMatchObject({ do: 'wait', progress: 70 });
    expect(next({ until: ago(1).toISOString() }, 5000)).toMatchObject({ do: 'act', step: 'clean-up' });
  });

  it('fails with what the gateway says', () => {
    const error = { code: 'upload.checksum_mismatch', message: 'no', hint: null };
    expect(next({ state: 'failed', error }, 2)).toEqual({ do: 'fail', error });
  });
});
