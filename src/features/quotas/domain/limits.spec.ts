import fc from 'fast-check';
import { effective, fromStored, readLimits, showLimits, toStored } from './limits.js';
import { exceeded } from './quota-failures.js';
import { judge, type Standing } from './verdict.js';

const GI = 1024n ** 3n;

describe('limits', () => {
  it('are read, stored and shown as the same', () => {
    const body = {
      vms: 10,
      vcpus: null,
      memory: '8Gi',
      storage: '1000',
      storageClasses: { fast: '2Gi', slow: null },
    };
    const { limits, problems } = readLimits(body);
    expect(problems).toEqual([]);
    expect(limits).toEqual({
      vms: 10n,
      vcpus: null,
      memory: 8n * GI,
      storage: 1000n,
      'storage/fast': 2n * GI,
      'storage/slow': null,
    });
    expect(fromStored(JSON.parse(JSON.stringify(toStored(limits))))).toEqual(limits);
    expect(showLimits(limits)).toEqual(body);
  });

  it.each([
    [{ vms: -1 }, '/vms'],
    [{ vms: '3' }, '/vms'],
    [{ vms: 1.5 }, '/vms'],
    [{ vms: 1e12 }, '/vms'],
    [{ memory: 4 }, '/memory'],
    [{ memory: '-4Gi' }, '/memory'],
    [{ memory: 'lots' }, '/memory'],
    [{ memory: '16Ei' }, '/memory'],
    [{ storageClasses: { 'No Name': '1Gi' } }, '/storageClasses/No Name'],
    [{ storageClasses: { fast: 7 } }, '/storageClasses/fast'],
  ])('are refused in a form of another kind: %j', (body, pointer) => {
    expect(readLimits(body).problems.map((problem) => problem.pointer)).toEqual([pointer]);
  });

  it('hold by layers: what a layer does not say is said by the next, and null ends the search', () => {
    expect([...effective({ vms: null }, { vms: 5n, disks: 3n }, { disks: 9n, vcpus: 4n })]).toEqual([
      ['disks', 3n],
      ['vcpus', 4n],
    ]);
  });
});

describe('the verdict', () => {
  const standing = (more: Partial<Standing>): Standing => ({
    scope: { type: 'project', name: 'p' },
    limits: new Map([['vms', 10n]]),
    warnAtPercent: null,
    used: {},
    reserved: {},
    reservedAfter: {},
    ...more,
  });

  it('is that everything fits exactly as long as it does', () => {
    const amounts = fc.record({
      limit: fc.bigInt(0n, 50n),
      used: fc.bigInt(0n, 50n),
      reserved: fc.bigInt(0n, 50n),
      more: fc.bigInt(0n, 50n),
    });
    fc.assert(
      fc.property(amounts, ({ limit, used, reserved, more }) => {
        const { shortages } = judge([
          standing({
            limits: new Map([['vms', limit]]),
            used: { vms: used },
            reserved: { vms: reserved },
            reservedAfter: { vms: reserved + more },
          }),
        ]);
        // Who takes nothing is never refused, however full it is.
        expect(shortages.length).toBe(more > 0n && used + reserved + more > limit ? 1 : 0);
      }),
    );
  });

  it('warns from the share on that was set, and not before', () => {
    const at = (used: bigint) =>
      judge([standing({ warnAtPercent: 80, used: { vms: used }, reservedAfter: { vms: 1n } })]).warnings;
    expect(at(6n)).toEqual([]);
    expect(at(7n)).toEqual(['The quota of the project "p" is nearly used up: 8 of 10 vms.']);
  });

  it('is told in words and for programs, of the project and of the tenant', () => {
    const { shortages } = judge([
      standing({
        limits: new Map([['memory', 8n * GI]]),
        used: { memory: 6n * GI },
        reserved: { memory: GI },
        reservedAfter: { memory: 3n * GI },
      }),
      standing({
        scope: { type: 'tenant', name: 't' },
        used: { vms: 10n },
        reservedAfter: { vms: 1n },
      }),
    ]);
    const failure = exceeded(shortages);
    expect(failure.message).toBe(
      'The quota of the project "p" allows 8Gi memory: 6Gi used, 1Gi reserved, 2Gi more requested.',
    );
    expect(failure.hint).toBeDefined();
    const first = {
      resource: 'memory',
      scope: 'project',
      name: 'p',
      limit: '8Gi',
      used: '6Gi',
      reserved: '1Gi',
      requested: '2Gi',
    };
    expect(failure.details).toEqual({
      ...first,
      exceeded: [
        first,
        { resource: 'vms', scope: 'tenant', name: 't', limit: 10, used: 10, reserved: 0, requested: 1 },
      ],
    });
  });
});
