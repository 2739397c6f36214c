/** Data of an answer that is text already. */
export class JsonText {
  constructor(readonly text: string) {}

  /** For whoever takes it for an object. */
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/** The JSON of an answer, whose data may be text already. */
export function answerJson(answer: { errors?: unknown; data?: unknown; extensions?: unknown }): string {
  const { errors, data, extensions } = answer;
  if (!(data instanceof JsonText)) return JSON.stringify(answer);
  const before = errors === undefined ? '' : `"errors":${JSON.stringify(errors)},`;
  const after = extensions === undefined ? '' : `,"extensions":${JSON.stringify(extensions)}`;
  return `{${before}"data":${data.text}${after}}`;
}
