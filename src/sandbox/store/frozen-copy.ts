function freezeDeep(value: unknown): void {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return;
  for (const inner of Object.values(value)) freezeDeep(inner);
  Object.freeze(value);
}

/** A deep copy of JSON, without `undefined`, that nobody can change; and its text. */
export function frozenCopy<T>(value: T): { copy: T; text: string } {
  const text = JSON.stringify(value);
  const copy = JSON.parse(text) as T;
  freezeDeep(copy);
  return { copy, text };
}

/** A deep copy of JSON that may be changed. */
export const mutableCopy = <T>(value: T): T =>
  value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);

/** Same JSON, whatever the order of keys. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object') return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const leftEntries = Object.entries(left).filter(([, value]) => value !== undefined);
  const rightEntries = Object.entries(right).filter(([, value]) => value !== undefined);
  if (leftEntries.length !== rightEntries.length) return false;
  const other = right as Record<string, unknown>;
  return leftEntries.every(([key, value]) => key in other && sameJson(value, other[key]));
}
