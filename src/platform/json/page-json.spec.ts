import { asImmutable } from './immutable.js';
import { pageJson } from './page-json.js';

describe('pageJson', () => {
  const row = (name: string) =>
    asImmutable({ name, none: undefined, at: new Date(0), list: [null, undefined] });

  it.each([
    ['a page of immutable rows', { items: [row('a'), row('"b"')], nextCursor: null, total: 2 }],
    ['fields that are not there', { items: [row('a')], nextCursor: undefined, total: 1 }],
    ['a page of other rows', { items: [{ name: 'a' }], nextCursor: 'c', total: 1 }],
    ['a mixed page', { items: [row('a'), { name: 'b' }, null], total: 3 }],
    ['an empty page', { items: [], nextCursor: null, total: 0 }],
    ['an object', row('a')],
    ['a list', [row('a')]],
    ['a text', 'text'],
    ['null', null],
  ])('writes %s as JSON.stringify does', (_what, payload) => {
    for (let time = 0; time < 2; time += 1) expect(pageJson(payload)).toBe(JSON.stringify(payload));
  });

  it('writes what changes anew', () => {
    const items = [{ name: 'before' }];
    expect(pageJson({ items })).toContain('before');
    items[0] = asImmutable({ name: 'after' });
    expect(pageJson({ items })).toContain('after');
  });
});
