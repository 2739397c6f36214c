import { SetMetadata } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

const REMEMBERED = 'virtgate:remembered-arguments';

/** Longer ones are validated each time. */
const LONGEST = 512;
const CAPACITY = 500;

/**
 * For classes, and those that extend them, of arguments that come again and again and hold no secrets: those of
 * lists. What was valid once is not validated again; handlers get the same frozen object.
 */
export const RememberArguments = () => SetMetadata(REMEMBERED, true);

type Known = LRUCache<string, object>;

export class RememberedArguments {
  readonly #byClass = new Map<object, Known | null>();

  /** What `validate` makes of `value`, which must depend on class and value alone. */
  async validated(type: object, value: unknown, validate: () => Promise<unknown>): Promise<unknown> {
    const known = this.#of(type);
    const text = known && JSON.stringify(value);
    if (!text || text.length > LONGEST) return validate();
    const remembered = known.get(text);
    if (remembered) return remembered;
    const valid = await validate();
    if (typeof valid === 'object' && valid !== null) known.set(text, deepFreeze(valid));
    return valid;
  }

  #of(type: object): Known | null {
    let known = this.#byClass.get(type);
    if (known === undefined) {
      known = Reflect.getMetadata(REMEMBERED, type) ? new LRUCache<string, object>({ max: CAPACITY }) : null;
      this.#byClass.set(type, known);
    }
    return known;
  }
}

function deepFreeze<T extends object>(object: T): T {
  for (const value of Object.values(object)) {
    if (typeof value === 'object' && value !== null) deepFreeze(value);
  }
  return Object.freeze(object);
}
