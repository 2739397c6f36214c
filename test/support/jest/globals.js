/** `@jest/globals` of one spec: every spec has a copy of this module, made when the globals are its own. */
export const { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } = globalThis;
