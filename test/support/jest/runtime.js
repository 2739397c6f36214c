import { createRequire, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { sourceMaps } from '../typescript-loader.js';

const require = createRequire(import.meta.url);

registerHooks({
  resolve(specifier, context, next) {
    if (specifier !== '@jest/globals') return next(specifier, context);
    const url = new URL(`globals.js?of=${encodeURIComponent(context.parentURL)}`, import.meta.url).href;
    return { url, format: 'module', shortCircuit: true };
  },
});

/**
 * Jest's `runtime` with Node's own modules instead of a vm context for each spec: what a worker has loaded once
 * serves all of its specs, where it was most of the processor time of the small ones. The price: specs of one
 * worker share the global object and the state of modules, so what a spec replaces it puts back; modules cannot
 * be mocked, and there is no `jest` object.
 */
export default class NativeRuntime {
  static createResolver() {
    return null;
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  unstable_importModule(path) {
    return import(pathToFileURL(path).href);
  }

  requireModule(path) {
    return require(path);
  }

  /** What jest-circus knows of a spec is in its modules and in its list of handlers: both anew for the next. */
  requireInternalModule(path) {
    delete require.cache[path];
    delete globalThis[Symbol.for('EVENT_HANDLERS')];
    return require(path);
  }

  getSourceMaps() {
    return sourceMaps;
  }

  getAllCoverageInfoCopy() {
    return undefined;
  }

  setGlobalsForRuntime() {}
  enterTestCode() {}
  leaveTestCode() {}
  teardown() {}
}
