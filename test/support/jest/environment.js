/** The worker's own global object as the environment of its specs: see runtime.js. */
export default class NativeEnvironment {
  global = globalThis;
  #console = globalThis.console;
  #exit = process.exit;

  getVmContext() {
    return null;
  }

  async setup() {}

  /** Puts back what Jest replaces for the time of one spec. */
  async teardown() {
    globalThis.console = this.#console;
    process.exit = this.#exit;
  }
}
