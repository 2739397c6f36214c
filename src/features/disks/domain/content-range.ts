import { uploadNotResumable, uploadRangeInvalid } from './disk-failures.js';

/** What `Content-Range` says of a request body: a part of the content (bytes, both ends included), or a question. */
export type ContentRange =
  | { kind: 'part'; first: number; last: number; total: number }
  /** How much of it is there? Without a body. */
  | { kind: 'ask'; total: number };

/**
 * `bytes a-b/total` or `bytes * /total` (without the blank; RFC 9110 §14.4); null where there is no header. `length` is
 * Content-Length, null where it was not said. Throws upload.range_invalid, upload.not_resumable.
 */
export function contentRangeOf(header: string | undefined, length: number | null): ContentRange | null {
  if (header === undefined) return null;
  const match = /^bytes (?:(\d{1,16})-(\d{1,16})|\*)\/(\d{1,16}|\*)$/i.exec(header.trim());
  if (!match) throw uploadRangeInvalid();
  const [, from, to, whole] = match;
  if (whole === '*') {
    throw uploadNotResumable('An upload of unknown length cannot be continued.', {
      hint: 'Say the whole length in Content-Range, or send the content in one request without that header.',
    });
  }
  const total = Number(whole);
  if (total === 0) throw uploadRangeInvalid('There is no content of 0 bytes.');
  if (from === undefined) {
    if ((length ?? 0) > 0) throw uploadRangeInvalid('A question, "bytes */<total>", has no body.');
    return { kind: 'ask', total };
  }
  const [first, last] = [Number(from), Number(to)];
  if (last < first || last >= total) {
    throw uploadRangeInvalid(`Bytes ${first} to ${last} are no part of ${total} bytes.`);
  }
  if (length !== null && length !== last - first + 1) {
    throw uploadRangeInvalid(`Content-Range has ${last - first + 1} bytes, Content-Length says ${length}.`);
  }
  return { kind: 'part', first, last, total };
}
