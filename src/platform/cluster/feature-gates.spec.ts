import { effectiveGates } from './feature-gates.js';

const none = { enabled: [], disabled: [] };

describe('effectiveGates', () => {
  it.each([
    // Beta is off unless listed until 1.8, and on from 1.9.
    ['v1.6.0', 'Snapshot', none, false],
    ['v1.8.3', 'Snapshot', none, false],
    ['v1.9.0', 'Snapshot', none, true],
    ['v1.9.0-rc.2', 'DeclarativeHotplugVolumes', none, true],
    ['v1.6.0', 'Snapshot', { enabled: ['Snapshot'], disabled: [] }, true],
    ['v1.9.0', 'Snapshot', { enabled: [], disabled: ['Snapshot'] }, false],
    // Listed wins over disabled; GA wins over everything.
    ['v1.9.0', 'Snapshot', { enabled: ['Snapshot'], disabled: ['Snapshot'] }, true],
    ['v1.9.0', 'VMExport', { enabled: [], disabled: ['VMExport'] }, true],
    // Deprecated is off unless listed.
    ['v1.9.0', 'HotplugVolumes', none, false],
    ['v1.9.0', 'HotplugVolumes', { enabled: ['HotplugVolumes'], disabled: [] }, true],
    // Alpha.
    ['v1.9.0', 'IncrementalBackup', none, false],
    ['v1.5.0', 'VMLiveUpdateFeatures', none, true],
    ['v1.4.0', 'VMLiveUpdateFeatures', none, false],
    // Unknown gates are what they are listed as; an unknown version is the oldest.
    ['v1.9.0', 'SomethingNew', { enabled: ['SomethingNew'], disabled: [] }, true],
    [null, 'Snapshot', none, false],
    ['v2.0.0', 'Snapshot', none, true],
  ])('%s %s with %j is %s', (version, gate, settings, on) => {
    expect(effectiveGates(version, settings)[gate]).toBe(on);
  });

  it('does not tell gates that the release does not have', () => {
    expect(effectiveGates('v1.3.1', none)).not.toHaveProperty('DeclarativeHotplugVolumes');
    expect(effectiveGates('v1.9.0', none)).toHaveProperty('DeclarativeHotplugVolumes');
  });
});
