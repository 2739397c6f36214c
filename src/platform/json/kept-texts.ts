import { isImmutable } from './immutable.js';

/** Characters of all texts together; past it all are forgotten, and those in use are soon there again. */
const BUDGET = 64 * 1024 * 1024;

let generation = 0;
let kept = 0;

/** The JSON of immutable objects in one form, kept for as long as the object lives. Others are written each time. */
export class KeptTexts {
  #texts = new WeakMap<object, string>();
  #generation = generation;

  constructor(private readonly write: (object: object) => string) {}

  of(object: object): string {
    if (this.#generation !== generation) {
      this.#texts = new WeakMap();
      this.#generation = generation;
    }
    const known = this.#texts.get(object);
    if (known !== undefined) return known;
    const text = this.write(object);
    if (!isImmutable(object)) return text;
    this.#texts.set(object, text);
    kept += text.length;
    if (kept > BUDGET) {
      kept = 0;
      generation += 1;
    }
    return text;
  }
}
