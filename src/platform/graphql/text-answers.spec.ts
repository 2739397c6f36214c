import { buildSchema, type ExecutionResult, execute, type GraphQLSchema, parse, validate } from 'graphql';
import { asImmutable } from '../json/immutable.js';
import { answerJson, JsonText } from './json-text.js';
import { OperationPlans } from './operation-plan.js';
import { NotPlain } from './row-writer.js';

const SDL = `
  scalar JSON
  enum Color { RED GREEN }
  interface Node { id: ID! }
  type Query { shop(name: String!): Shop  shops(first: Int): ShopConnection!  node: Node }
  type Shop implements Node { id: ID!  name: String  items(first: Int, after: String): ItemConnection!  loose: ItemConnection  plain: [Item!] }
  type ShopConnection { edges: [ShopEdge!]!  totalCount: Int! }
  type ShopEdge { cursor: String!  node: Shop! }
  type ItemConnection { totalCount: Int!  pageInfo: PageInfo!  edges: [ItemEdge!]!  nodes: [Item] }
  type PageInfo { hasNextPage: Boolean!  endCursor: String }
  type ItemEdge { cursor: String!  node: Item }
  type Item implements Node { id: ID!  name: String!  note: String  count: Int  ratio: Float  ready: Boolean!  color: Color
    tags: [String!]!  maybe: [Int]  extra: JSON  maker: Maker  parts: [Part!]  slow: String }
  type Maker { name: String!  labels: JSON }
  type Part { name: String  inner: Part }
`;

/** A small seeded generator: what fails once fails again. */
function randomOf(seed: number) {
  let state = seed;
  const next = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
  return { next, pick: <T>(from: readonly T[]): T => from[next(from.length)] as T };
}
type Random = ReturnType<typeof randomOf>;

const TEXTS = ['', 'a', 'naïve', '"quoted"', '\\ \n \u2028', '𝒳', '</script>', '\ud800'];

const part = (random: Random, depth: number): object => ({
  name: random.pick([null, undefined, ...TEXTS]),
  inner: depth > 0 && random.next(2) ? part(random, depth - 1) : null,
});

const item = (random: Random, index: number): object =>
  asImmutable({
    id: `i${index}`,
    name: random.pick(TEXTS),
    note: random.pick([null, undefined, ...TEXTS]),
    count: random.pick([null, 0, -1, 2 ** 31 - 1]),
    ratio: random.pick([null, 0.5, 1e21, -0]),
    ready: random.pick([true, false]),
    color: random.pick([null, 'RED', 'GREEN']),
    tags: Array.from({ length: random.next(3) }, () => random.pick(TEXTS)),
    maybe: random.pick([null, [], [1, null, 3]]),
    extra: random.pick([null, 1, 'x', { a: [1, { b: null }] }, []]),
    maker: random.pick([null, undefined, { name: 'm', labels: { z: 1, a: '2' } }]),
    parts: random.pick([null, [], [part(random, 2), part(random, 2)]]),
  });

function connection(random: Random, size: number): object {
  const nodes = Array.from({ length: size }, (_, index) => item(random, index));
  return {
    totalCount: nodes.length,
    pageInfo: { hasNextPage: random.pick([true, false]), endCursor: random.pick([null, 'end']) },
    nodes: random.pick([null, nodes, [null, ...nodes]]),
    get edges() {
      return nodes.map((node, index) => ({ cursor: `c${index}`, node: index === 1 ? null : node }));
    },
  };
}

const LEAVES = [
  'id',
  'name',
  'note',
  'count',
  'ratio',
  'ready',
  'color',
  'tags',
  'maybe',
  'extra',
  '__typename',
];

function itemSelection(random: Random): string {
  const fields = Array.from({ length: 1 + random.next(8) }, () => {
    const kind = random.next(8);
    if (kind === 0) return 'maker { labels name __typename }';
    if (kind === 1) return 'parts { name inner { name inner { __typename } } }';
    if (kind === 2) return '... on Node { id }';
    if (kind === 3) return '...OfItem';
    if (kind === 4) return `alias${random.next(3)}: name`;
    return random.pick(LEAVES);
  });
  return `{ ${fields.join(' ')} }`;
}

function query(random: Random): string {
  const below = () => {
    const fields = Array.from({ length: 1 + random.next(4) }, () =>
      random.pick([
        'totalCount',
        'pageInfo { endCursor hasNextPage }',
        `edges { cursor node ${itemSelection(random)} }`,
        `edges { node ${itemSelection(random)} }`,
        `nodes ${itemSelection(random)}`,
        '__typename',
      ]),
    );
    return `{ ${fields.join(' ')} }`;
  };
  const shop = `name items(first: 3) ${below()} more: items ${below()} loose ${below()}`;
  const document = `query Q { shop(name: "s") { id ${shop} } again: shop(name: "t") { ...S } shops { totalCount } }
    fragment S on Shop { __typename items ${below()} }`;
  return document.includes('...OfItem')
    ? `${document} fragment OfItem on Item { tags extra name }`
    : document;
}

function schemaOf(data: { items: () => unknown; loose?: () => unknown }): GraphQLSchema {
  const schema = buildSchema(SDL);
  const fields = (type: string) => (schema.getType(type) as never as { getFields(): Fields }).getFields();
  const shop = { id: 's1', name: 'Shop' };
  Object.assign(fields('Query').shop as object, { resolve: () => shop });
  Object.assign(fields('Query').shops as object, { resolve: async () => ({ totalCount: 1, edges: [] }) });
  Object.assign(fields('Shop').items as object, { resolve: async () => data.items() });
  Object.assign(fields('Shop').loose as object, { resolve: () => data.loose?.() ?? null });
  Object.assign(fields('Item').slow as object, { resolve: () => 'slow' });
  return schema;
}
type Fields = Record<string, object>;

function planOf(schema: GraphQLSchema, source: string) {
  const document = parse(source);
  expect(validate(schema, document)).toEqual([]);
  const plan = new OperationPlans(schema).get(document, undefined);
  plan?.compiled();
  plan?.compiled();
  return { document, text: plan?.text ?? null };
}

async function both(schema: GraphQLSchema, source: string) {
  const { document, text } = planOf(schema, source);
  if (!text) throw new Error(`no text for ${source}`);
  const expected = await execute({ schema, document });
  const result = (await text.query(undefined, {}, {})) as ExecutionResult;
  return { expected, result, written: result.data ? text.write(result.data) : 'null' };
}

describe('answers written from rows', () => {
  it('are those of graphql-js, letter for letter, for any selection of any rows', async () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = randomOf(seed * 7919);
      const rows = connection(random, random.next(5));
      const loose = random.pick([null, rows]);
      const schema = schemaOf({ items: () => rows, loose: () => loose });
      const source = query(random);
      for (let time = 0; time < 2; time += 1) {
        const { expected, written } = await both(schema, source);
        expect(expected.errors).toBeUndefined();
        expect({ seed, written }).toEqual({ seed, written: JSON.stringify(expected.data) });
      }
    }
  });

  it('show a change of a row at once', async () => {
    const random = randomOf(1);
    let rows = [item(random, 1)];
    const items = () => ({ totalCount: rows.length, edges: rows.map((node) => ({ cursor: 'c', node })) });
    const { text } = planOf(schemaOf({ items }), '{ shop(name: "s") { items { edges { node { name } } } } }');
    const ask = async () => text?.write(((await text.query(undefined, {}, {})) as ExecutionResult).data);
    await ask();
    rows = [asImmutable({ ...rows[0], name: 'renamed' })];
    expect(await ask()).toContain('renamed');
  });

  it('keep no text of rows that may change', async () => {
    const row = { id: '1', name: 'before', ready: true };
    const items = () => ({ edges: [{ cursor: 'c', node: row }] });
    const { text } = planOf(schemaOf({ items }), '{ shop(name: "s") { items { edges { node { name } } } } }');
    const ask = async () => text?.write(((await text.query(undefined, {}, {})) as ExecutionResult).data);
    expect(await ask()).toContain('before');
    row.name = 'after';
    expect(await ask()).toContain('after');
  });

  it.each([
    ['null where none may be', { name: null }],
    ['nothing where something must be', { name: undefined }],
    ['a function', { name: () => 'called' }],
    ['a promise', { name: Promise.resolve('later') }],
    ['an error', { name: new Error('no name') }],
    ['no list', { tags: 'a' }],
    ['no object', { maker: 'm' }],
  ])('leave %s to the executor', async (_what, odd) => {
    const row = { id: '1', name: 'n', ready: true, tags: [], maker: null, ...odd };
    const schema = schemaOf({ items: () => ({ edges: [{ cursor: 'c', node: row }] }) });
    const source = '{ shop(name: "s") { items { edges { node { name tags maker { labels } } } } } }';
    await expect(both(schema, source)).rejects.toThrow(NotPlain);
  });

  it.each([
    ['a field with a resolver', '{ shop(name: "s") { items { edges { node { slow } } } } }'],
    ['a directive', '{ shop(name: "s") { items { edges @skip(if: false) { cursor } } } }'],
    ['a connection below another', '{ shops { edges { node { items { totalCount } } } } }'],
    ['a connection in a list', '{ node { ... on Shop { items { totalCount } } } }'],
    ['no connection', '{ shop(name: "s") { name } }'],
  ])('are not tried for %s', (_what, source) => {
    expect(planOf(schemaOf({ items: () => null }), source).text).toBeNull();
  });

  it('carry the errors and nulls of connections that fail', async () => {
    const schema = schemaOf({
      items: () => ({ totalCount: 1, edges: [] }),
      loose: () => {
        throw new Error('no');
      },
    });
    const { expected, result, written } = await both(
      schema,
      '{ shop(name: "s") { items { totalCount } loose { totalCount } } }',
    );
    expect(written).toBe(JSON.stringify(expected.data));
    expect(result.errors?.map(({ message, path }) => ({ message, path }))).toEqual(
      expected.errors?.map(({ message, path }) => ({ message, path })),
    );
  });

  it('stand in the whole answer as its data', () => {
    const data = new JsonText('{"a":1}');
    expect(answerJson({ data })).toBe('{"data":{"a":1}}');
    const parts = { errors: [{ message: 'm' }], extensions: { cost: 1 } };
    expect(JSON.parse(answerJson({ ...parts, data }))).toEqual({ ...parts, data: { a: 1 } });
    expect(JSON.stringify({ data })).toBe('{"data":{"a":1}}');
  });
});
