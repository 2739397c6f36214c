import { strategicMerge } from './strategic-merge.js';

const pod = () => ({
  metadata: { finalizers: ['a', 'b'], labels: { x: '1' } },
  spec: {
    containers: [
      { name: 'one', image: 'a', args: ['1'] },
      { name: 'two', image: 'b' },
    ],
    tolerations: [{ key: 'k' }],
  },
});

describe('strategic merge', () => {
  it('merges keyed lists, replaces others, and leaves its target as it was', () => {
    const target = pod();
    const result = strategicMerge(target, {
      spec: { containers: [{ name: 'two', image: 'c' }, { name: 'three' }], tolerations: [{ key: 'other' }] },
    }) as ReturnType<typeof pod>;
    expect(result.spec.containers).toEqual([
      { name: 'one', image: 'a', args: ['1'] },
      { name: 'two', image: 'c' },
      { name: 'three' },
    ]);
    expect(result.spec.tolerations).toEqual([{ key: 'other' }]);
    expect(target).toEqual(pod());
  });

  it.each([
    [{ spec: { containers: [{ name: 'one', $patch: 'delete' }] } }, ['two']],
    [{ spec: { containers: [{ $patch: 'replace' }, { name: 'only' }] } }, ['only']],
    [
      {
        spec: {
          $setElementOrder: [],
          '$setElementOrder/containers': [{ name: 'two' }, { name: 'one' }],
          containers: [],
        },
      },
      ['two', 'one'],
    ],
  ])('follows directives: %j', (patch, names) => {
    const result = strategicMerge(pod(), patch) as ReturnType<typeof pod>;
    expect(result.spec.containers.map((container) => container.name)).toEqual(names);
  });

  it('adds to and takes from sets of strings', () => {
    const added = strategicMerge(pod(), { metadata: { finalizers: ['b', 'c'] } }) as ReturnType<typeof pod>;
    expect(added.metadata.finalizers).toEqual(['a', 'b', 'c']);
    const taken = strategicMerge(pod(), {
      metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] },
    }) as ReturnType<typeof pod>;
    expect(taken.metadata.finalizers).toEqual(['b']);
  });

  it('drops with null, retains named keys only, replaces maps', () => {
    expect(strategicMerge({ a: 1, b: 2 }, { a: null })).toEqual({ b: 2 });
    expect(strategicMerge({ a: 1, b: 2 }, { $retainKeys: ['b', 'c'], c: 3 })).toEqual({ b: 2, c: 3 });
    expect(strategicMerge({ m: { a: 1 } }, { m: { $patch: 'replace', b: 2 } })).toEqual({ m: { b: 2 } });
  });

  it('refuses an item without its key', () => {
    expect(() => strategicMerge(pod(), { spec: { containers: [{ image: 'x' }] } })).toThrow(
      'does not contain declared merge key: name',
    );
  });
});
