import { Injectable } from '@nestjs/common';
import type { Principal } from '../../kernel/principal.js';
import { fromGlobalId } from './global-id.js';

/**
 * Finds one object by the key of its global id. Checks the caller's rights itself: what the caller may not
 * see is null, as if it did not exist.
 */
export type LoadNode = (key: string, principal: Principal) => object | null | Promise<object | null>;

/** Behind `node(id:)`: rooms register one loader per type, in `onModuleInit`. */
@Injectable()
export class NodeLoaders {
  readonly #loaders = new Map<string, LoadNode>();
  readonly #types = new WeakMap<object, string>();

  register(type: string, load: LoadNode): void {
    if (this.#loaders.has(type)) throw new Error(`Two rooms load nodes of type ${type}.`);
    this.#loaders.set(type, load);
  }

  async load(id: string, principal: Principal): Promise<object | null> {
    const globalId = fromGlobalId(id);
    if (!globalId) return null;
    const found = (await this.#loaders.get(globalId.type)?.(globalId.key, principal)) ?? null;
    if (found) this.#types.set(found, globalId.type);
    return found;
  }

  /** The GraphQL type of an object that `load` gave out. */
  typeOf(node: object): string | undefined {
    return this.#types.get(node);
  }
}
