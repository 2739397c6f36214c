import { notReadyReason } from './readiness.js';

const ready = (status: string, reason: string | null, message: string | null = null) => [
  { type: 'Ready', status, reason, message, lastTransitionTime: null },
];

describe('why a machine is not ready', () => {
  it('is told in plain words', () => {
    expect(notReadyReason(true, ready('True', null))).toBeNull();
    expect(notReadyReason(false, [])).toBe('It is not running.');
    const probed = ready('False', 'ContainersNotReady', 'containers with unready status: [compute]');
    expect(notReadyReason(false, probed)).toMatch(/^Its readiness probe/);
    expect(notReadyReason(false, ready('False', 'ReadinessGatesNotReady'))).toBe('It is paused.');
  });

  it('is told in the words of the cluster where nobody knows better', () => {
    expect(notReadyReason(false, ready('False', 'Odd', 'the moon is full'))).toBe('the moon is full');
    expect(notReadyReason(false, ready('False', 'Odd'))).toBe('Odd');
    expect(notReadyReason(false, ready('Unknown', null))).toBe('The cluster does not say.');
  });
});
