const immutable = new WeakSet<object>();

/**
 * Marks an object whose whole content stays as it is for as long as the object lives, so that its text may be kept.
 * A change is another object. Returns the same object, frozen (what hangs on it is the maker's word).
 */
export function asImmutable<T extends object>(object: T): Readonly<T> {
  immutable.add(object);
  return Object.freeze(object);
}

export const isImmutable = (object: object): boolean => immutable.has(object);
