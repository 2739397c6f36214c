import type { Decision, OperationRecord } from '../../operations/operations.contract.js';
import { specify } from '../domain/specify.js';
import { CREATE_KIND } from '../operation-kinds.js';
import { type CreationObserved, nextOfCreation } from './creation.js';
import {
  ago,
  claim,
  dataVolume,
  instance,
  machine,
  NOW,
  operation,
} from './sample-observations.spec-support.js';

const body = { name: 'web', cpus: 1, memory: '1Gi', bootDisk: { url: 'https://example.org/a' } };
const creation = (
  progressing: Parameters<typeof operation>[1],
  { spec = {}, ...more }: Partial<OperationRecord> & { spec?: object } = {},
) =>
  operation(CREATE_KIND.steps, progressing, {
    input: { spec: specify({ ...body, ...spec }) },
    ...more,
  });
const nothing: CreationObserved = {
  machine: undefined,
  instance: undefined,
  dataVolume: undefined,
  claim: undefined,
  movedAt: undefined,
};
const next = (record: OperationRecord, observed: Partial<CreationObserved> = {}): Decision =>
  nextOfCreation(record, { ...nothing, ...observed }, NOW, 120_000);

const MADE = { 'check-source': {}, 'create-machine': { uid: 'vm-1' } };
const importing = { machine: machine({ state: 'Provisioning' }), movedAt: ago(5) };
const imported = { machine: machine({ state: 'Starting' }), dataVolume: dataVolume() };

describe('vm.create', () => {
  it('checks the source, then makes the machine', () => {
    expect(next(creation({ asked: { 'check-source': null } }))).toEqual({ do: 'wait', step: 'check-source' });
    expect(next(creation({ asked: { 'check-source': {} } }))).toMatchObject({
      do: 'act',
      step: 'create-machine',
    });
    expect(next(creation({ asked: { 'check-source': {}, 'create-machine': null } }))).toEqual({
      do: 'wait',
      step: 'create-machine',
    });
  });

  it('fails at once for a source that is no good, for nothing was made', () => {
    const error = { code: 'import.source_unavailable', message: 'It answers 404.', hint: 'h' };
    const notes = { failed: JSON.stringify(error) };
    expect(next(creation({ asked: { 'check-source': notes } }))).toEqual({ do: 'fail', error });
    expect(next(creation({ asked: { 'check-source': 'auth.forbidden' } }))).toMatchObject({
      do: 'fail',
      error: { code: 'auth.forbidden' },
    });
  });

  it('maps the progress of the import into its own, and never takes it back', () => {
    const at = (progress: number | null, before: number | null = null) =>
      next(creation({ asked: MADE }, { progress: before }), {
        ...importing,
        dataVolume: dataVolume({ phase: 'ImportInProgress', progress }),
      });
    expect(next(creation({ asked: MADE }))).toMatchObject({ do: 'wait', step: 'import-disk', progress: 5 });
    expect(at(null)).toMatchObject({ do: 'wait', step: 'import-disk', progress: 5 });
    expect(at(50)).toMatchObject({ progress: 47.5, message: 'ImportInProgress' });
    expect(at(100)).toMatchObject({ progress: 90 });
    expect(at(10, 47)).toMatchObject({ progress: 47 });
  });

  it('waits for the guest, and succeeds when it runs', () => {
    expect(next(creation({ asked: MADE }), imported)).toMatchObject({
      do: 'wait',
      step: 'start',
      progress: 90,
    });
    expect(
      next(creation({ asked: MADE }), { ...imported, machine: machine(), instance: instance() }),
    ).toEqual({
      do: 'succeed',
      result: { id: 'vm-1', name: 'web', project: 'demo' },
    });
  });

  it('does not wait for a guest that nobody wants', () => {
    const off = creation({ asked: MADE }, { spec: { start: false } });
    const state = (state: string) => ({
      machine: machine({ state, runStrategy: 'Halted' }),
      dataVolume: dataVolume(),
    });
    expect(next(off, state('Stopped'))).toMatchObject({ do: 'succeed' });
    expect(next(off, state('Provisioning'))).toMatchObject({ do: 'wait', step: 'import-disk' });
  });

  it('tells a machine whose strategy is Manual to start', () => {
    const manual = { spec: { runStrategy: 'Manual' } };
    const observed = { ...imported, machine: machine({ runStrategy: 'Manual', state: 'Stopped' }) };
    expect(next(creation({ asked: MADE }, manual), observed)).toMatchObject({ do: 'act', step: 'start' });
    expect(next(creation({ asked: { ...MADE, start: {} } }, manual), observed)).toMatchObject({
      do: 'wait',
      step: 'start',
    });
  });

  it('fails when no node takes it, and leaves the machine', () => {
    const starting = creation({ asked: MADE, messages: { start: 'Starting' }, askedAgo: 60 });
    const stuck = (seconds: number) => ({
      ...imported,
      machine: machine({ state: 'ErrorUnschedulable' }),
      instance: instance({
        phase: 'Scheduling',
        unschedulable: { message: '0/3 nodes: Insufficient memory.', since: ago(seconds).toISOString() },
      }),
    });
    expect(next(starting, stuck(5))).toMatchObject({
      do: 'wait',
      message: '0/3 nodes: Insufficient memory.',
    });
    expect(next(starting, stuck(16))).toMatchObject({
      do: 'fail',
      error: {
        code: 'vm.unschedulable',
        message: expect.stringContaining('Insufficient memory'),
        hint: expect.stringContaining('was created and stays'),
      },
    });
  });

  it.each([
    [
      'a permanent word of the importer',
      { running: { status: 'False', reason: 'Error', message: 'gzip: invalid header' } },
      1,
      'import.corrupt: gzip: invalid header',
    ],
    ['standing still', {}, 121, 'import.stalled: The import made no progress for 121 seconds.'],
  ])('cleans up after %s', (_what, more, idle, why) => {
    const failing = dataVolume({ phase: 'ImportInProgress', progress: 10, ...more });
    const record = creation({ asked: MADE, askedAgo: 600 });
    expect(next(record, { ...importing, dataVolume: failing, movedAt: ago(idle) })).toEqual({
      do: 'act',
      step: 'clean-up',
      message: why,
      leaving: 'FAILED',
    });
  });

  it('does not call an import stalled before it was made, or while it moves', () => {
    const slow = dataVolume({ phase: 'ImportInProgress', progress: 10 });
    const observed = { ...importing, dataVolume: slow };
    expect(next(creation({ asked: MADE, askedAgo: 100 }), { ...observed, movedAt: ago(900) })).toMatchObject({
      do: 'wait',
    });
    expect(next(creation({ asked: MADE, askedAgo: 900 }), { ...observed, movedAt: ago(100) })).toMatchObject({
      do: 'wait',
    });
  });

  it.each([
    [
      'it was refused',
      creation({ asked: { ...MADE, 'create-machine': 'vm.exists' } }),
      {},
      /^vm\.exists: It says no/,
    ],
    [
      'it is being deleted',
      creation({ asked: MADE }),
      { machine: machine({ deleting: true }) },
      /^vm\.vanished/,
    ],
    ['it is not seen for a minute', creation({ asked: MADE, askedAgo: 61 }), {}, /^vm\.vanished/],
    ['it is cancelled', creation({ asked: MADE }, { cancelRequested: true }), importing, /^cancelled$/],
    [
      'it is cancelled while refused',
      creation({ asked: { ...MADE, 'create-machine': 'operation.cancelled' } }, { cancelRequested: true }),
      {},
      /^cancelled$/,
    ],
  ])('cleans up when %s', (_what, record, observed, message) => {
    expect(next(record, observed)).toMatchObject({
      do: 'act',
      step: 'clean-up',
      message: expect.stringMatching(message),
    });
  });

  it('is cancelled at once while nothing was made, and not while something may be', () => {
    const cancelRequested = true;
    expect(next(creation({ asked: { 'check-source': null } }, { cancelRequested }))).toEqual({
      do: 'cancelled',
    });
    const asking = creation({ asked: { 'check-source': {}, 'create-machine': null } }, { cancelRequested });
    expect(next(asking)).toEqual({ do: 'wait', step: 'create-machine' });
  });

  describe('after the clean-up', () => {
    const cleaning = (why: string, answer: Record<string, string> | string | null, asked: object = MADE) =>
      creation({ asked: { ...asked, 'clean-up': answer }, messages: { 'clean-up': why } });
    const why = 'import.corrupt: gzip: invalid header';

    it('waits until all of it is gone', () => {
      expect(next(cleaning(why, null), importing)).toMatchObject({
        do: 'wait',
        step: 'clean-up',
        message: why,
      });
      for (const left of [
        { machine: machine({ deleting: true }) },
        { dataVolume: dataVolume() },
        { claim: claim() },
      ]) {
        expect(next(cleaning(why, {}), left)).toMatchObject({ do: 'wait', step: 'clean-up', message: why });
      }
    });

    it('fails for the first reason, with the hint that belongs to it', () => {
      expect(next(cleaning('import.too_large: Too large.', {}))).toEqual({
        do: 'fail',
        error: { code: 'import.too_large', message: 'Too large.', hint: 'Ask for a larger bootDisk.size.' },
      });
      expect(next(cleaning('cancelled', {}))).toEqual({ do: 'cancelled' });
    });

    it('does not take what others made for its own', () => {
      const refused = { 'check-source': {}, 'create-machine': 'vm.exists' };
      expect(
        next(cleaning('vm.exists: Taken.', {}, refused), { dataVolume: dataVolume(), claim: claim() }),
      ).toMatchObject({
        do: 'fail',
        error: { code: 'vm.exists' },
      });
    });

    it('goes on for as long as the cluster is away, and says what it could not remove', () => {
      expect(next(cleaning(why, 'operation.exhausted'))).toMatchObject({
        do: 'act',
        step: 'clean-up',
        message: why,
      });
      expect(next(cleaning(why, 'cluster.forbidden'), importing)).toMatchObject({
        do: 'fail',
        error: { code: 'import.corrupt', hint: expect.stringContaining('could not be removed') },
      });
    });
  });
});
