import { undeleteTakes } from './takes.js';
import { formatTrash, parseTrash, type TrashEntry } from './trash.js';

const entry: TrashEntry = {
  deletedAt: '2030-01-01T00:00:00.000Z',
  purgeAt: '2030-01-08T00:00:00.000Z',
  deletedBy: { type: 'user', id: 'u-1', name: 'Ada: the first' },
  runStrategy: 'Always',
  keepDisks: ['web-root'],
  snapshots: [],
};

describe('what is written on a machine in the trash', () => {
  it('is read as it was written', () => {
    expect(parseTrash(formatTrash(entry))).toEqual(entry);
    expect(parseTrash(formatTrash({ ...entry, deletedBy: null }))).toEqual({ ...entry, deletedBy: null });
  });

  it.each([
    ['absent', undefined],
    ['no JSON', '{'],
    ['null', 'null'],
    ['a purge time that is none', formatTrash({ ...entry, purgeAt: 'soon' })],
    ['a run strategy that is none', formatTrash({ ...entry, runStrategy: '"}' })],
    ['disks that are no names', JSON.stringify({ ...entry, keepDisks: [1] })],
  ])('is nothing where somebody else has written it: %s', (_what, text) => {
    expect(parseTrash(text)).toBeNull();
  });
});

describe('what bringing a machine back takes of a quota', () => {
  const target = { type: 'virtual-machine', name: 'web' };

  it('is the run of one that starts by itself, and nothing else', () => {
    expect(undeleteTakes({ target, input: { uid: 'u', starts: true } })).toEqual([
      { type: 'virtual-machine', name: 'web', running: true },
    ]);
    expect(undeleteTakes({ target, input: { uid: 'u', starts: false } })).toEqual([]);
  });
});
