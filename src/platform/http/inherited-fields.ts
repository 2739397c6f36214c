/** Names that every object has, so that a look-up by name finds something. */
const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/**
 * Pointers (RFC 6901) to fields of a body with names like `constructor`, where a DTO describes the object: class-validator
 * takes them for known ones, and class-transformer drops some. `made` is the DTO of the body; free maps may have them.
 */
export function inheritedFields(sent: unknown, made: unknown, pointer: string): string[] {
  if (typeof sent !== 'object' || typeof made !== 'object' || sent === null || made === null) return [];
  const isDto = !Array.isArray(made) && Object.getPrototypeOf(made) !== Object.prototype;
  return Object.entries(sent).flatMap(([key, part]) => {
    const at = `${pointer}/${key}`;
    if (isDto && INHERITED.has(key)) return [at];
    return inheritedFields(part, Object.hasOwn(made, key) ? Reflect.get(made, key) : undefined, at);
  });
}
