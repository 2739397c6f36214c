import fc from 'fast-check';
import { fromGlobalId, toGlobalId } from './global-id.js';

describe('global ids', () => {
  it('go there and back for any key', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 100, unit: 'binary' }), (key) => {
        // A lone surrogate has no UTF-8: such a key cannot be a name or a uid.
        fc.pre(Buffer.from(key, 'utf8').toString('utf8') === key);
        expect(fromGlobalId(toGlobalId('VirtualMachine', key))).toEqual({ type: 'VirtualMachine', key });
      }),
    );
  });

  it.each(['', 'x', 'VirtualMachine:a', toGlobalId('Vm', ''), `${toGlobalId('Vm', 'a')}=`, 'a'.repeat(2000)])(
    'are null for %p',
    (id) => {
      expect(fromGlobalId(id)).toBeNull();
    },
  );

  it('have one spelling', () => {
    const id = toGlobalId('Vm', 'a');
    expect(fromGlobalId(`${id.slice(0, 2)} ${id.slice(2)}`)).toBeNull();
  });
});
