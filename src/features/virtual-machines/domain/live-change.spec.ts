import { instance } from '../worker/sample-observations.spec-support.js';
import { sizeChanges } from './live-change.js';

const live = { enabled: true, movesMachines: true };
const running = (more: Parameters<typeof instance>[0] = {}) =>
  instance({ liveMigratable: { value: true, reason: null }, ...more });
const growth = running().growth;

describe('what a change of size means for a running guest', () => {
  it('comes with a move where it grows within its room', () => {
    expect(sizeChanges(running(), { cpus: 4, memory: '4096Mi' }, live)).toEqual([
      { field: 'cpus', from: '1', to: '4', applies: 'migration', reason: null },
      { field: 'memory', from: '1Gi', to: '4Gi', applies: 'migration', reason: null },
    ]);
    expect(sizeChanges(running(), { cpus: 1, memory: '1024Mi' }, live)).toEqual([]);
    expect(sizeChanges(running(), { cpus: null, memory: null }, live)).toEqual([]);
  });

  it.each([
    ['more than its room', {}, { cpus: 5, memory: '5Gi' }, live, /room for 4 processors/],
    ['less', { cpus: 2, memory: '2Gi' }, { cpus: 1, memory: '1Gi' }, live, /taken out/],
    [
      'no room at all',
      { growth: { ...growth, maxCpus: null, maxMemory: null } },
      { cpus: 2, memory: '2Gi' },
      live,
      /room for 1/,
    ],
    [
      'sockets of several',
      { growth: { ...growth, cpusPerSocket: 2, maxMemory: null } },
      { cpus: 2, memory: '2Gi' },
      live,
      /sockets/,
    ],
    ['a cluster that stages', {}, { cpus: 2, memory: '2Gi' }, { ...live, enabled: false }, /Stage/],
    [
      'a cluster that moves nothing',
      {},
      { cpus: 2, memory: '2Gi' },
      { ...live, movesMachines: false },
      /workloadUpdateMethods/,
    ],
    [
      'a machine that cannot move',
      { liveMigratable: { value: false, reason: 'its disk is local' } },
      { cpus: 2, memory: '2Gi' },
      live,
      /its disk is local/,
    ],
  ])('takes a restart for %s', (_what, more, wanted, cluster, reason) => {
    const changes = sizeChanges(running(more), wanted, cluster);
    expect(changes.map(({ field, applies }) => [field, applies])).toEqual([
      ['cpus', 'restart'],
      ['memory', 'restart'],
    ]);
    expect(changes[0]?.reason).toMatch(reason);
  });
});
