import type { Decision, OperationRecord } from '../../operations/operations.contract.js';
import { image, volume } from '../domain/sample-images.spec-support.js';
import { nextOfImageDeletion } from './delete-image-machine.js';
import { type ImageCreationObserved, nextOfImageCreation } from './image-creation.js';
import { nextOfSharing } from './share-image-machine.js';

const NOW = new Date('2030-01-01T12:00:00Z');
const ago = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1000);
const STALL_MS = 120_000;

type Answer = { notes?: Record<string, string>; refusal?: { code: string; message: string; hint: null } };

/** An operation whose steps were answered so, a second ago. */
const operation = (
  answers: Record<string, Answer>,
  input: Record<string, unknown>,
  more: Partial<OperationRecord> = {},
): OperationRecord => ({
  id: 'op-1',
  kind: 'image.create',
  state: 'RUNNING',
  project: { id: 'p-1', name: 'demo', tenantId: 't-1', tenant: 'acme', namespace: 'vg-demo-1' },
  target: { type: 'image', name: 'debian' },
  input,
  steps: [],
  progress: null,
  progressAt: NOW,
  requestedBy: { type: 'user', id: 'u-1', name: 'Ada', tokenId: null },
  requestId: 'r-1',
  createdAt: ago(10),
  startedAt: ago(10),
  cancelRequested: false,
  asked: Object.fromEntries(
    Object.entries(answers).map(([step, { notes = {}, refusal = null }]) => [
      step,
      { at: ago(1).toISOString(), notes, refusal },
    ]),
  ),
  ...more,
});
const refusal = { code: 'cluster.forbidden', message: 'no', hint: null };
const step = (name: string, message: string): Partial<OperationRecord> => ({
  steps: [{ name, state: 'RUNNING', message, startedAt: ago(1).toISOString(), finishedAt: null }],
});

describe('image.create', () => {
  const spec = (more: object = {}) => ({
    spec: { source: { registry: 'r' }, visibility: 'private', ...more },
  });
  const seen = (more: Partial<ImageCreationObserved> = {}): ImageCreationObserved => ({
    image: image(),
    volume: volume(),
    movedAt: undefined,
    unseen: null,
    published: undefined,
    copy: undefined,
    copyMovedAt: undefined,
    copyUnseen: null,
    ...more,
  });
  const checked = { 'check-source': {} };
  const made = { ...checked, 'create-image': { notes: { uid: 'ds-1' } } };
  const next = (op: OperationRecord, observed = seen()): Decision =>
    nextOfImageCreation(op, observed, NOW, STALL_MS);
  const nothing = { image: undefined, volume: undefined };

  it.each<[string, OperationRecord, Partial<ImageCreationObserved>, Partial<Decision>]>([
    ['waits for the source', operation({}, spec()), nothing, { do: 'wait', step: 'check-source' }],
    ['makes it then', operation(checked, spec()), nothing, { do: 'act', step: 'create-image' }],
    [
      'follows the import',
      operation(made, spec()),
      { image: image({ ready: false }), volume: volume({ phase: 'ImportInProgress', progress: 50 }) },
      { do: 'wait', step: 'import', progress: 47.5, message: 'ImportInProgress' },
    ],
    ['is done when it is complete', operation(made, spec()), {}, { do: 'succeed' }],
    [
      'hands over to the upload',
      operation(made, spec({ source: { upload: true } })),
      { image: image({ ready: false }), volume: volume({ phase: 'UploadReady' }) },
      { do: 'succeed' },
    ],
    [
      'shares it if so wanted',
      operation(made, spec({ visibility: 'public' })),
      {},
      { do: 'act', step: 'publish' },
    ],
    [
      'gives up what is cancelled before anything was made',
      operation(checked, spec(), { cancelRequested: true }),
      nothing,
      { do: 'cancelled' },
    ],
    [
      'cleans up what is cancelled later',
      operation(made, spec(), { cancelRequested: true }),
      { image: image({ ready: false }) },
      { do: 'act', step: 'clean-up', message: 'cancelled' },
    ],
    [
      'cleans up what the cluster refused',
      operation({ ...checked, 'create-image': { refusal } }, spec()),
      nothing,
      { do: 'act', step: 'clean-up', message: 'cluster.forbidden: no' },
    ],
    [
      'cleans up what cannot be imported',
      operation(made, spec()),
      {
        image: image({ ready: false }),
        volume: volume({
          phase: 'ImportInProgress',
          running: { status: 'False', reason: 'Error', message: 'manifest unknown' },
        }),
      },
      { do: 'act', step: 'clean-up', message: 'import.source_unavailable: manifest unknown' },
    ],
    [
      'cleans up what its schedule cannot find',
      operation(made, spec()),
      { image: image({ ready: false }), volume: undefined, unseen: 'manifest unknown' },
      { do: 'act', step: 'clean-up', message: 'import.source_unavailable: manifest unknown' },
    ],
    [
      'waits for the first look of its schedule',
      operation(made, spec()),
      { image: image({ ready: false }), volume: undefined, unseen: 'No source digest' },
      { do: 'wait', step: 'import', message: 'Pending' },
    ],
    [
      'waits until what it made is gone',
      operation({ ...made, 'clean-up': {} }, spec(), step('clean-up', 'import.corrupt: x')),
      {},
      { do: 'wait', step: 'clean-up' },
    ],
  ])('%s', (_what, op, observed, expected) => {
    expect(next(op, seen(observed))).toMatchObject(expected);
  });

  it('says why it failed when all is gone', () => {
    const op = operation({ ...made, 'clean-up': {} }, spec(), step('clean-up', 'import.corrupt: x'));
    expect(next(op, seen(nothing))).toMatchObject({
      do: 'fail',
      error: { code: 'import.corrupt', message: 'x' },
    });
    const cancelled = operation({ ...made, 'clean-up': {} }, spec(), step('clean-up', 'cancelled'));
    expect(next(cancelled, seen(nothing))).toEqual({ do: 'cancelled' });
  });

  it('fails at once on a source that was refused', () => {
    const failed = JSON.stringify({ code: 'import.url_forbidden', message: 'no', hint: null });
    const op = operation({ 'check-source': { notes: { failed } } }, spec());
    expect(next(op, seen(nothing))).toMatchObject({ do: 'fail', error: { code: 'import.url_forbidden' } });
  });

  it('takes back the copy that fails, and says that the image stays', () => {
    const published = image({ visibility: 'public', ready: false });
    const running = { status: 'False', reason: 'Error', message: 'no space left on device' };
    const copy = volume({ phase: 'Failed', running });
    const input = spec({ visibility: 'public' });
    const op = operation({ ...made, publish: {} }, input);
    expect(next(op, seen({ published, copy }))).toMatchObject({
      do: 'act',
      step: 'withdraw',
      message: 'import.no_space: no space left on device',
    });
    const later = operation(
      { ...made, publish: {}, withdraw: {} },
      input,
      step('withdraw', 'import.no_space: no space left on device'),
    );
    expect(next(later)).toMatchObject({
      do: 'fail',
      error: { code: 'import.no_space', hint: expect.stringContaining('stays') },
    });
  });
});

describe('image.share', () => {
  const next = (op: OperationRecord, published = image({ visibility: 'tenant' })): Decision =>
    nextOfSharing(
      op,
      { published, copy: undefined, copyMovedAt: undefined, copyUnseen: null },
      NOW,
      STALL_MS,
    );
  const none = undefined as unknown as ReturnType<typeof image>;

  it('is done when those who shall see it do', () => {
    const op = operation({ publish: {} }, { visibility: 'tenant' });
    expect(next(op)).toMatchObject({ do: 'succeed', result: { visibility: 'tenant' } });
    expect(next(op, image({ visibility: 'public' }))).toMatchObject({ do: 'wait', step: 'copy' });
    expect(next(op, image({ visibility: 'tenant', ready: false }))).toMatchObject({ do: 'wait' });
  });

  it('withdraws and waits until nobody sees it', () => {
    const input = { visibility: 'private' };
    expect(next(operation({ publish: {} }, input))).toEqual({ do: 'act', step: 'withdraw' });
    const withdrawn = operation({ publish: {}, withdraw: {} }, input);
    expect(next(withdrawn)).toMatchObject({ do: 'wait', step: 'withdraw' });
    expect(
      nextOfSharing(
        withdrawn,
        { published: none, copy: undefined, copyMovedAt: undefined, copyUnseen: null },
        NOW,
        STALL_MS,
      ),
    ).toMatchObject({ do: 'succeed' });
  });
});

describe('image.delete', () => {
  it('goes step by step, and ends when nothing is left', () => {
    expect(nextOfImageDeletion(operation({}, {}), ['the image'], NOW)).toMatchObject({ step: 'withdraw' });
    const withdrawn = operation({ withdraw: {} }, {});
    expect(nextOfImageDeletion(withdrawn, ['the image'], NOW)).toMatchObject({
      do: 'act',
      step: 'delete-image',
    });
    const deleted = operation({ withdraw: {}, 'delete-image': {} }, {});
    expect(nextOfImageDeletion(deleted, ['volume image-debian'], NOW)).toMatchObject({
      do: 'wait',
      message: 'Waiting for volume image-debian',
    });
    expect(nextOfImageDeletion(deleted, [], NOW)).toEqual({ do: 'succeed' });
    const refused = operation({ withdraw: {}, 'delete-image': { refusal } }, {});
    expect(nextOfImageDeletion(refused, ['the image'], NOW)).toMatchObject({ do: 'fail' });
    const late = new Date(NOW.getTime() + 3_600_000);
    expect(nextOfImageDeletion(deleted, ['the image'], late)).toMatchObject({
      do: 'fail',
      error: { code: 'image.delete_timeout' },
    });
  });
});
