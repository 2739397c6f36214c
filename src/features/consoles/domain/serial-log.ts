/** What is shown of a serial log at most. */
export const MAX_LOG_BYTES = 256 * 1024;
export const DEFAULT_TAIL = 200;
export const MAX_TAIL = 5_000;

export interface SerialLog {
  text: string;
  /** There was more, before. */
  truncated: boolean;
}

/**
 * Escape sequences as ECMA-48 has them: CSI, then OSC and the other strings up to their end (or the line's), then
 * those of two or three characters.
 */
const ESCAPES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  /(?:\u001b\[|\u009b)[\u0030-\u003f]*[\u0020-\u002f]*[\u0040-\u007e]?|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)?|\u001b[\u0020-\u002f]*[\u0030-\u007e]?/g;
/** Everything else that steers a terminal or turns text around; tabs and line ends stay. */
const CONTROLS = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The last `tail` lines of what a guest printed, as text that steers no terminal and no page. */
export function toSerialLog(bytes: Buffer, tail: number): SerialLog {
  const cut = bytes.length > MAX_LOG_BYTES;
  const text = (cut ? bytes.subarray(-MAX_LOG_BYTES) : bytes)
    .toString('utf8')
    .replace(ESCAPES, '')
    .replace(/\r+\n/g, '\n')
    .replace(CONTROLS, (one) => (one === '\n' || one === '\t' ? one : one === '\r' ? '\n' : '\ufffd'));
  const lines = text.split('\n');
  const last = lines.at(-1) === '' ? 1 : 0;
  const shown = lines.slice(-(tail + last));
  return { text: shown.join('\n'), truncated: cut || shown.length < lines.length };
}
