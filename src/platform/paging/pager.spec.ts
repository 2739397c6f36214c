import fc from 'fast-check';
import { Failure } from '../../kernel/failure.js';
import type { Page } from '../../kernel/page.js';
import { MasterKey } from '../crypto/master-key.js';
import { Pager } from './pager.js';

interface Row {
  name: string;
}

const pager = new Pager(new MasterKey('k'.repeat(32)));
const named = (names: string[]): Row[] => names.map((name) => ({ name }));
const byName = { order: 'name', filter: { q: null as string | null }, keyOf: (row: Row) => [row.name] };
const descending = { ...byName, order: '-name' };
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return error instanceof Failure ? error.code : String(error);
  }
  return 'nothing thrown';
};

describe('Pager.page', () => {
  it.each([
    ['ascending', byName, (names: string[]) => names],
    ['descending', descending, (names: string[]) => names.reverse()],
  ])('walks every row once, %s, for any rows and page size', (_name, ordering, arrange) => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string()), fc.integer({ min: 1, max: 7 }), (names, limit) => {
        const rows = named(arrange([...names].sort()));
        const walked: Row[] = [];
        let cursor: string | null = null;
        do {
          const page: Page<Row> = pager.page(rows, { ...ordering, limit, cursor });
          expect(page.total).toBe(rows.length);
          walked.push(...page.items);
          cursor = page.nextCursor;
        } while (cursor);
        expect(walked).toEqual(rows);
      }),
    );
  });

  it('neither repeats nor hides a row when others come and go between two pages', () => {
    const first = pager.page(named(['b', 'd', 'f', 'h']), { ...byName, limit: 2 });
    const second = pager.page(named(['a', 'c', 'e', 'f', 'h']), {
      ...byName,
      limit: 2,
      cursor: first.nextCursor,
    });
    expect(second.items.map((row) => row.name)).toEqual(['e', 'f']);
  });

  it('goes on from a row that is gone, in either direction, even when one row is left', () => {
    const up = pager.page(named(['b', 'c']), { ...byName, limit: 1 }).nextCursor;
    expect(pager.page(named(['a']), { ...byName, cursor: up }).items).toEqual([]);
    expect(pager.page(named(['z']), { ...byName, cursor: up }).items).toHaveLength(1);
    const down = pager.page(named(['c', 'b']), { ...descending, limit: 1 }).nextCursor;
    expect(pager.page(named(['a']), { ...descending, cursor: down }).items).toHaveLength(1);
    expect(pager.page(named(['z']), { ...descending, cursor: down }).items).toEqual([]);
  });

  it('refuses a cursor that was changed, invented, or made for another list', () => {
    const cursor = pager.page(named(['a', 'b']), { ...byName, limit: 1 }).nextCursor!;
    const refused = 'request.cursor_invalid';
    expect(codeOf(() => pager.page([], { ...byName, cursor: 'x' }))).toBe(refused);
    expect(codeOf(() => pager.page([], { ...byName, cursor: `${cursor.slice(0, -2)}AA` }))).toBe(refused);
    expect(codeOf(() => pager.page([], { ...byName, cursor: `${cursor}=` }))).toBe(refused);
    expect(codeOf(() => pager.page([], { ...byName, filter: { q: 'a' }, cursor }))).toBe(refused);
    expect(codeOf(() => pager.page([], { ...descending, cursor }))).toBe(refused);
    const other = new Pager(new MasterKey('o'.repeat(32)));
    expect(codeOf(() => other.page([], { ...byName, cursor }))).toBe(refused);
  });

  it('takes equal filters for equal, however they were written', () => {
    const one = { ...byName, filter: { a: 1, b: undefined, c: { x: 1, y: 2 } } };
    const two = { ...byName, filter: { c: { y: 2, x: 1 }, b: null, a: 1 } };
    const cursor = pager.page(named(['a', 'b']), { ...one, limit: 1 }).nextCursor;
    expect(pager.page(named(['a', 'b']), { ...two, cursor }).items).toEqual([{ name: 'b' }]);
  });

  it.each([0, -1, 201, 1.5, Number.NaN])('refuses a page of %p', (limit) => {
    expect(codeOf(() => pager.page([], { ...byName, limit }))).toBe('request.invalid');
  });
});

describe('Pager.connection', () => {
  const rows = named(['a', 'b', 'c', 'd', 'e']);
  const names = (connection: { nodes: readonly Row[] }) => connection.nodes.map((row) => row.name).join('');

  it('pages forward and back', () => {
    const start = pager.connection(rows, { ...byName, first: 2 });
    expect(names(start)).toBe('ab');
    expect(start.totalCount).toBe(5);
    expect(start.pageInfo.hasNextPage).toBe(true);
    expect(start.pageInfo.hasPreviousPage).toBe(false);
    const next = pager.connection(rows, { ...byName, first: 2, after: start.pageInfo.endCursor });
    expect(names(next)).toBe('cd');
    expect(next.pageInfo.hasPreviousPage).toBe(true);
    const back = pager.connection(rows, { ...byName, last: 1, before: next.pageInfo.startCursor });
    expect(names(back)).toBe('b');
    const end = pager.connection(rows, { ...byName, last: 2 });
    expect(names(end)).toBe('de');
    expect(end.pageInfo.hasNextPage).toBe(false);
  });

  it('gives each edge the cursor of its node', () => {
    const [, second] = pager.connection(rows, { ...byName, first: 2 }).edges;
    expect(second!.node.name).toBe('b');
    expect(names(pager.connection(rows, { ...byName, after: second!.cursor }))).toBe('cde');
    expect(names(pager.connection(rows, { ...byName, after: second!.cursor, before: second!.cursor }))).toBe(
      '',
    );
  });

  it('has no cursors when it is empty, and refuses first with last', () => {
    const empty = pager.connection([], byName);
    expect(empty.pageInfo.startCursor).toBeNull();
    expect(empty.pageInfo.endCursor).toBeNull();
    expect(empty.edges).toEqual([]);
    expect(codeOf(() => pager.connection(rows, { ...byName, first: 1, last: 1 }))).toBe('request.invalid');
    expect(codeOf(() => pager.connection(rows, { ...byName, first: 201 }))).toBe('request.invalid');
  });
});
