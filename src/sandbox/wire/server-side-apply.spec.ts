import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import { servedKinds } from '../store/served-kinds.js';
import { afterUpdate, managedFieldsOf } from './managed-fields.js';
import { applyConfiguration } from './server-side-apply.js';

const kind = servedKinds.require('virtualmachines.kubevirt.io');
const write = (manager: string, operation: 'Apply' | 'Update' = 'Apply') => ({
  manager,
  operation,
  apiVersion: 'kubevirt.io/v1',
  time: '2026-01-01T00:00:00Z',
});
const config = (spec: Untyped, metadata: Untyped = {}): NewObject => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name: 'x', ...metadata },
  spec,
});
const apply = (live: NewObject | undefined, manager: string, wanted: NewObject, force = false) =>
  applyConfiguration(kind, live as KubeObject | undefined, wanted, write(manager), force);

describe('server-side apply', () => {
  it('creates with the manager as owner of what it names', () => {
    const made = apply(undefined, 'a', config({ runStrategy: 'Halted' }, { labels: { l: '1' } }));
    expect(managedFieldsOf(made)).toEqual([
      {
        ...write('a'),
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } },
          'f:spec': { '.': {}, 'f:runStrategy': {} },
        },
      },
    ]);
  });

  it('drops what only this manager owned and no longer names', () => {
    const one = apply(undefined, 'a', config({ runStrategy: 'Halted', extra: { x: 1, y: 2 } }));
    const two = apply(one, 'a', config({ runStrategy: 'Halted', extra: { y: 2 } }));
    expect(two.spec).toEqual({ runStrategy: 'Halted', extra: { y: 2 } });
    const three = apply(two, 'a', config({ runStrategy: 'Halted' }));
    expect(three.spec).toEqual({ runStrategy: 'Halted' });
  });

  it('keeps what another manager owns as well', () => {
    const one = apply(undefined, 'a', config({ shared: 1, mine: 2 }));
    const two = apply(one, 'b', config({ shared: 1 }));
    const three = apply(two, 'a', config({ mine: 2 }));
    expect(three.spec).toEqual({ shared: 1, mine: 2 });
  });

  it('conflicts over another value, names the field, and yields to force', () => {
    const one = apply(undefined, 'a', config({ runStrategy: 'Halted' }));
    expect(() => apply(one, 'b', config({ runStrategy: 'Always' }))).toThrow(
      'Apply failed with 1 conflict: conflict with "a" using kubevirt.io/v1: .spec.runStrategy',
    );
    const forced = apply(one, 'b', config({ runStrategy: 'Always' }), true);
    expect(forced.spec.runStrategy).toBe('Always');
    expect(
      managedFieldsOf(forced).find((entry) => entry.manager === 'a')?.fieldsV1['f:spec']?.['f:runStrategy'],
    ).toBe(undefined);
  });

  it('merges finalizers and owners by item', () => {
    const live = config({}, { finalizers: ['theirs'] });
    const next = apply(live, 'a', config({}, { finalizers: ['mine'] }));
    expect(next.metadata.finalizers).toEqual(['theirs', 'mine']);
    const without = apply(next, 'a', config({}));
    expect(without.metadata.finalizers).toEqual(['theirs']);
  });

  it('an update takes fields over', () => {
    const one = apply(undefined, 'a', config({ runStrategy: 'Halted', other: 1 }));
    const changed = { ...one, spec: { runStrategy: 'Always', other: 1 } };
    const entries = afterUpdate(one as KubeObject, changed, write('edit', 'Update'));
    expect(entries.map((entry) => [entry.manager, entry.fieldsV1['f:spec']])).toEqual([
      ['a', { '.': {}, 'f:other': {} }],
      ['edit', { 'f:runStrategy': {} }],
    ]);
  });
});
