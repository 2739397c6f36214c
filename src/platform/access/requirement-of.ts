import { REQUIREMENT, type Requirement } from './requires.js';

export type { Requirement };

/** What a handler asks, else what its class asks of all its handlers; undefined where neither says anything. */
export function requirementOf(type: object, handler: object | undefined): Requirement | undefined {
  return (handler && Reflect.getMetadata(REQUIREMENT, handler)) ?? Reflect.getMetadata(REQUIREMENT, type);
}
