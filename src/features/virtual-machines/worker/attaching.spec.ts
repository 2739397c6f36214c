import { ATTACH_KIND, DETACH_KIND } from '../attach-kinds.js';
import type { VolumeStatus } from '../domain/attachment.js';
import { nextOfAttach, nextOfDetach, PLUG_LIMIT_MS, type VolumeObserved } from './attaching.js';
import { NOW, operation } from './sample-observations.spec-support.js';

const volume = (more: Partial<VolumeStatus> = {}): VolumeStatus => ({
  volume: 'data',
  claim: 'data',
  cdrom: false,
  hotpluggable: true,
  phase: 'Ready',
  reason: null,
  message: null,
  ...more,
});
const LATE = PLUG_LIMIT_MS / 1000 + 1;

describe('vm.attach-disk', () => {
  const next = (
    observed: Partial<VolumeObserved>,
    {
      hot = true,
      seconds = 1,
      asked = { attach: {} } as Record<string, Record<string, string>>,
      why = null as string | null,
    } = {},
  ) => {
    const attachment = { claim: 'data', volume: 'data' };
    const record = operation(
      [...ATTACH_KIND.steps],
      { asked, askedAgo: seconds, messages: why === null ? {} : { 'roll-back': why } },
      { input: { uid: 'vm-1', hot, attachment } },
    );
    return nextOfAttach(record, { uid: 'vm-1', wanted: undefined, live: undefined, ...observed }, NOW);
  };

  it('ends when the machine has it: in its specification, and in the guest where that runs', () => {
    expect(next({ wanted: volume() }, { hot: false })).toMatchObject({
      do: 'succeed',
      result: { disk: 'data', hot: false },
    });
    expect(next({ wanted: volume() })).toMatchObject({ do: 'wait', step: 'wait-ready' });
    expect(
      next({ wanted: volume(), live: volume({ phase: 'MountedToPod', message: 'mounted' }) }),
    ).toMatchObject({
      do: 'wait',
      message: 'mounted',
    });
    expect(next({ wanted: volume(), live: volume() })).toMatchObject({
      do: 'succeed',
      result: { hot: true },
    });
  });

  it('takes it back when its time is over, and names the limit and the last word', () => {
    const live = volume({ phase: 'Pending', message: 'no more PCI slots' });
    expect(next({ wanted: volume(), live }, { seconds: LATE })).toMatchObject({
      do: 'act',
      step: 'roll-back',
      message: 'no more PCI slots',
    });
    const asked = { attach: {}, 'roll-back': {} };
    const done = next({}, { seconds: LATE, asked, why: 'no more PCI slots' });
    expect(done).toMatchObject({ do: 'fail', error: { code: 'vm.hotplug_timeout' } });
    expect(JSON.stringify(done)).toMatch(/3 minutes; its last word: no more PCI slots/);
    const left = next({ wanted: volume(), live }, { seconds: LATE, asked, why: 'x' });
    expect(left).toMatchObject({ error: { hint: expect.stringMatching(/not taken back yet/) } });
  });

  it('fails when the machine is another one', () => {
    expect(next({ uid: 'vm-2' })).toMatchObject({ do: 'fail', error: { code: 'vm.vanished' } });
  });
});

describe('vm.detach-disk', () => {
  const next = (observed: Partial<VolumeObserved>, { hot = true, seconds = 1 } = {}) => {
    const record = operation(
      [...DETACH_KIND.steps],
      { asked: { detach: {} }, askedAgo: seconds },
      { input: { uid: 'vm-1', hot, claim: 'data', volume: 'data' } },
    );
    return nextOfDetach(record, { uid: 'vm-1', wanted: undefined, live: undefined, ...observed }, NOW);
  };

  it('ends when neither specification nor guest have it', () => {
    expect(next({ live: volume({ phase: 'Detaching' }) })).toMatchObject({ do: 'wait', step: 'wait-gone' });
    expect(next({ live: volume() }, { hot: false })).toMatchObject({ do: 'succeed' });
    expect(next({})).toMatchObject({ do: 'succeed', result: { disk: 'data', volume: 'data' } });
  });

  it('says so when the guest does not let go of it', () => {
    const live = volume({ phase: 'Detaching', message: 'still mounted' });
    expect(next({ live }, { seconds: LATE })).toMatchObject({
      do: 'fail',
      error: { code: 'vm.unplug_timeout', message: expect.stringMatching(/still mounted/) },
    });
  });
});
