import { MasterKey } from './master-key.js';
import { Sealer } from './sealer.js';

describe('Sealer', () => {
  const sealer = new Sealer(new MasterKey('a'.repeat(32)));

  it('opens what it sealed, in the same context only', () => {
    const sealed = sealer.seal(Buffer.from('user data'), 'operation/1');
    expect(sealed.includes('user data')).toBe(false);
    expect(sealer.open(sealed, 'operation/1').toString()).toBe('user data');
    expect(() => sealer.open(sealed, 'operation/2')).toThrow();
  });

  it('never seals to the same bytes twice', () => {
    expect(sealer.seal(Buffer.from('x'), 'c')).not.toEqual(sealer.seal(Buffer.from('x'), 'c'));
  });

  it('refuses changed bytes, short bytes and another secret', () => {
    const sealed = sealer.seal(Buffer.from('user data'), 'c');
    for (const index of [0, 5, 20, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed[index]! ^= 1;
      expect(() => sealer.open(changed, 'c')).toThrow();
    }
    expect(() => sealer.open(sealed.subarray(0, 10), 'c')).toThrow();
    expect(() => new Sealer(new MasterKey('b'.repeat(32))).open(sealed, 'c')).toThrow();
  });

  it('refuses a short secret', () => {
    expect(() => new MasterKey('short')).toThrow(/32/);
  });
});
