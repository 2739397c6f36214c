import { ATTACH_INTERFACE_KIND, DETACH_INTERFACE_KIND } from '../interface-kinds.js';
import { type InterfaceObserved, nextOfInterface, nextOfInterfaceGone } from './interfacing.js';
import { NOW, operation } from './sample-observations.spec-support.js';

const seen = (more: Partial<InterfaceObserved> = {}): InterfaceObserved => ({
  uid: 'vm-1',
  wanted: true,
  live: { mac: '02:00:00:00:00:01' },
  ...more,
});
const input = (hot: boolean) => ({ uid: 'vm-1', hot, running: true, interface: { name: 'blue' } });

describe('vm.attach-interface', () => {
  const next = (observed: InterfaceObserved, asked: object | string | null = {}, askedAgo = 1, hot = true) =>
    nextOfInterface(
      operation(
        ATTACH_INTERFACE_KIND.steps,
        { asked: { attach: asked as Record<string, string> }, askedAgo },
        { input: input(hot) },
      ),
      observed,
      NOW,
    );

  it('succeeds when the guest has it, or when a restart is to bring it', () => {
    expect(next(seen(), null)).toEqual({ do: 'wait', step: 'attach' });
    expect(next(seen({ live: undefined }))).toMatchObject({ do: 'wait', step: 'wait-ready' });
    expect(next(seen())).toEqual({
      do: 'succeed',
      result: { interface: 'blue', mac: '02:00:00:00:00:01', hot: true, restartRequired: false },
    });
    expect(next(seen({ live: undefined }), { mac: '02:00:00:00:00:02' }, 1, false)).toMatchObject({
      do: 'succeed',
      result: { mac: '02:00:00:00:00:02', hot: false, restartRequired: true },
    });
  });

  it('takes back what the guest does not get, and fails for refusals and machines that are gone', () => {
    expect(next(seen({ live: undefined }), {}, 301)).toMatchObject({ do: 'act', step: 'roll-back' });
    expect(next(seen({ uid: 'vm-2' }))).toMatchObject({ do: 'fail', error: { code: 'vm.vanished' } });
    expect(next(seen(), 'cluster.refused')).toMatchObject({ do: 'fail', error: { code: 'cluster.refused' } });
  });
});

describe('vm.detach-interface', () => {
  const next = (observed: InterfaceObserved, askedAgo = 1, hot = true) =>
    nextOfInterfaceGone(
      operation(DETACH_INTERFACE_KIND.steps, { asked: { detach: {} }, askedAgo }, { input: input(hot) }),
      observed,
      NOW,
    );

  it('succeeds when the guest has let it go', () => {
    expect(next(seen({ wanted: false }))).toMatchObject({ do: 'wait', step: 'wait-gone' });
    expect(next(seen({ wanted: false, live: undefined }))).toEqual({
      do: 'succeed',
      result: { interface: 'blue', restartRequired: false },
    });
    expect(next(seen({ wanted: false }), 1, false)).toMatchObject({ result: { restartRequired: true } });
    expect(next(seen({ wanted: false }), 181)).toMatchObject({
      do: 'fail',
      error: { code: 'vm.interface_held' },
    });
  });
});
