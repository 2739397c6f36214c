import { machine } from '../sample-operations.spec-support.js';
import { consistencyOf } from './consistency.js';
import { deadlineSeconds } from './deadline.js';
import { excludedVolumes, preflight } from './preflight.js';

const volume = (name: string, canSnapshot: boolean | null, claim: string | null = `web-${name}`) => ({
  name,
  claim,
  canSnapshot,
  reason: canSnapshot === false ? 'No VolumeSnapshotClass' : null,
});

describe('what a snapshot would hold', () => {
  it('leaves out disks whose storage cannot, and says so', () => {
    const volumes = [volume('rootdisk', true), volume('data', false), volume('cloudinit', false, null)];
    expect(excludedVolumes(machine({ volumes }))).toEqual([
      { name: 'data', reason: 'No VolumeSnapshotClass' },
    ]);
    expect(preflight(machine({ volumes }))).toEqual(['The disk "data" is left out: No VolumeSnapshotClass']);
  });

  it.each([
    ['no disk can', [volume('rootdisk', false), volume('data', false)]],
    ['there is none', [volume('cloudinit', false, null)]],
  ])('is refused where %s', (_why, volumes) => {
    expect(() => preflight(machine({ volumes }))).toThrow(
      expect.objectContaining({ code: 'snapshot.not_possible' }),
    );
  });

  it('is left to the cluster where KubeVirt has not looked yet', () => {
    expect(preflight(machine({ volumes: [volume('rootdisk', null)] }))).toEqual([]);
  });
});

it.each([
  [[], 'application'],
  [['Online', 'GuestAgent'], 'application'],
  [['Online', 'NoGuestAgent'], 'crash'],
  [['Online', 'GuestAgent', 'QuiesceFailed'], 'crash'],
  [['Online', 'GuestAgent', 'QuiesceTimeout'], 'crash'],
  [['Online', 'Paused'], 'crash'],
  [['Online'], 'crash'],
])('indications %j mean %s', (names, expected) => {
  const indications = names.map((name) => ({ name, message: null }));
  expect(consistencyOf({ state: 'Succeeded', indications })).toBe(expected);
  expect(consistencyOf({ state: 'InProgress', indications })).toBeNull();
});

it.each([
  ['90s', 90],
  ['5m', 300],
  ['24h', 86_400],
  ['9s', null],
  ['25h', null],
  ['5', null],
  ['-5m', null],
])('the deadline %s is %s seconds', (text, seconds) => expect(deadlineSeconds(text)).toBe(seconds));
