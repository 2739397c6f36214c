import { labelProblem, mergeLabels } from './labels.js';
import { lifetimeMs } from './lifetime.js';
import { namespaceName, PROJECT_NAME, USER_NAME } from './names.js';
import { newTokenSecret, tokenHash } from './token-secret.js';

describe('lifetimes', () => {
  it.each([
    ['1m', 60_000],
    ['12h', 43_200_000],
    ['365d', 31_536_000_000],
    ['8760h', 31_536_000_000],
  ])('%s', (text, milliseconds) => expect(lifetimeMs(text)).toBe(milliseconds));

  it.each(['0m', '366d', '8761h', '30s', '12', 'h', '-1h', '1.5h', '1h ', ' 1h', '1H', '', '9999999d'])(
    'refuses "%s"',
    (text) =>
      expect(() => lifetimeMs(text)).toThrow(expect.objectContaining({ code: 'token.expiry_invalid' })),
  );
});

describe('token secrets', () => {
  it('are never the same, and their hash does not hold them', () => {
    const [a, b] = [newTokenSecret(), newTokenSecret()];
    expect(a).toMatch(/^vgt_[\w-]{43}$/);
    expect(a).not.toBe(b);
    expect(tokenHash(a)?.length).toBe(32);
    expect(tokenHash(a)?.equals(tokenHash(a) as Buffer)).toBe(true);
  });

  it.each([
    '',
    'vgt_',
    'vgt_short',
    `vgt_${'a'.repeat(44)}`,
    `VGT_${'a'.repeat(43)}`,
    `vgt_${'!'.repeat(43)}`,
  ])('of another form are not even looked for: "%s"', (text) => expect(tokenHash(text)).toBeNull());
});

describe('labels', () => {
  it.each([[{ env: 'prod' }], [{ 'example.com/team': 'a.b_c-D' }], [{ empty: '' }], [{}]])(
    'takes %j',
    (labels) => expect(labelProblem(labels)).toBeNull(),
  );

  it.each([
    [{ '': 'x' }],
    [{ 'a/b/c': 'x' }],
    [{ 'UPPER.com/x': 'y' }],
    [{ key: 'a b' }],
    [{ key: '-a' }],
    [{ key: 'x'.repeat(64) }],
    [{ key: 7 }],
    [{ key: null }],
    [['a']],
    ['a=b'],
    [Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`k${index}`, 'v']))],
  ])('refuses %j', (labels) => expect(labelProblem(labels)).not.toBeNull());

  it('are merged, and null takes away', () => {
    expect(labelProblem({ a: null }, true)).toBeNull();
    expect(mergeLabels({ a: '1', b: '2' }, { a: null, b: '3', c: '4' })).toEqual({ b: '3', c: '4' });
  });
});

describe('names', () => {
  it('of projects leave room for their namespace', () => {
    const name = `p${'-'.repeat(38)}p`;
    expect(PROJECT_NAME.test(name)).toBe(true);
    expect(PROJECT_NAME.test(`${name}p`)).toBe(false);
    const namespace = namespaceName({ id: '0d9c7c1e-0000', name });
    expect(namespace).toBe(`vg-${name}-0d9c7`);
    expect(namespace.length).toBeLessThanOrEqual(63);
  });

  it.each(['ada', 'ada.lovelace@example.com', 'a+b'])('of users: "%s"', (name) =>
    expect(USER_NAME.test(name)).toBe(true),
  );

  it.each(['', '@a', 'Ada', 'a b', 'system:masters', 'a/b'])('of no users: "%s"', (name) =>
    expect(USER_NAME.test(name)).toBe(false),
  );
});
