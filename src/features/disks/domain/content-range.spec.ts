import { contentRangeOf } from './content-range.js';
import { bodyChecksum, contentChecksum, formatChecksum, parseChecksum } from './upload-headers.js';

const code = (work: () => unknown): string => {
  try {
    work();
    return 'none';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('Content-Range of a request', () => {
  it('is a part, a question, or not there', () => {
    expect(contentRangeOf(undefined, 5)).toBeNull();
    expect(contentRangeOf('bytes 0-4/10', 5)).toEqual({ kind: 'part', first: 0, last: 4, total: 10 });
    expect(contentRangeOf('Bytes 5-9/10', null)).toEqual({ kind: 'part', first: 5, last: 9, total: 10 });
    expect(contentRangeOf('bytes */10', 0)).toEqual({ kind: 'ask', total: 10 });
  });

  it.each([
    ['bytes 0-10/10', null],
    ['bytes 4-3/10', null],
    ['bytes 0-4/10', 4],
    ['bytes */10', 3],
    ['bytes */0', null],
    ['bytes=0-4', null],
    ['items 0-4/10', null],
    ['bytes 0-4/10, 5-9/10', null],
    ['bytes -1-4/10', null],
  ])('%s with %s bytes is refused', (header, length) => {
    expect(code(() => contentRangeOf(header, length))).toBe('upload.range_invalid');
  });

  it('of unknown length cannot be continued', () => {
    expect(code(() => contentRangeOf('bytes 0-4/*', 5))).toBe('upload.not_resumable');
  });
});

describe('checksums of an upload', () => {
  const hex = 'ab'.repeat(32);
  const base64 = Buffer.from(hex, 'hex').toString('base64');

  it('are of the body or of the whole content', () => {
    expect(contentChecksum({}, hex)?.value.toString('hex')).toBe(hex);
    expect(contentChecksum({ 'repr-digest': `sha-256=:${base64}:` }, undefined)?.algorithm).toBe('sha256');
    expect(contentChecksum({ 'content-digest': `sha-256=:${base64}:` }, undefined)).toBeNull();
    expect(bodyChecksum({ digest: `md5=abc, SHA-256=${base64}` })?.value.toString('hex')).toBe(hex);
    expect(bodyChecksum({})).toBeNull();
  });

  it('that nobody would check are refused', () => {
    expect(code(() => contentChecksum({}, 'abc'))).toBe('upload.digest_invalid');
    expect(code(() => bodyChecksum({ 'content-digest': 'md5=:abc=:' }))).toBe('upload.digest_invalid');
  });

  it('are kept as they were said', () => {
    const checksum = contentChecksum({}, hex);
    expect(parseChecksum(checksum && formatChecksum(checksum))).toEqual(checksum);
    expect(parseChecksum(null)).toBeNull();
  });
});
