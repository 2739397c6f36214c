import { type ImportSituation, importFailure } from './import-failure.js';

const at = (more: Partial<ImportSituation> = {}): ImportSituation => ({
  phase: 'ImportInProgress',
  progress: 10,
  restarts: 0,
  running: { status: 'True', reason: 'Pod is running', message: '' },
  ...more,
});
const saying = (message: string, restarts = 0) =>
  at({ restarts, running: { status: 'False', reason: 'Error', message } });
const code = (situation: ImportSituation, idleMs = 0) => importFailure(situation, idleMs, 120_000)?.code;

describe('importFailure', () => {
  it.each([
    [
      'Unable to connect to http data source: expected status code 200, got 404. Status: 404 Not Found',
      'import.source_unavailable',
    ],
    ['expected status code 200, got 403. Status: 403 Forbidden', 'import.source_unavailable'],
    ['reading manifest 1 in quay.io/a/b: manifest unknown', 'import.source_unavailable'],
    ['requested access to the resource is denied', 'import.source_unavailable'],
    ['unauthorized: access to quay.io/a/b is denied', 'import.source_unavailable'],
    ['Unable to process data: Invalid format raw-ish for image', 'import.not_an_image'],
    [
      'Unable to process data: virtual image size 2147483648 is larger than the reported available storage 1073741824. A larger PVC is required',
      'import.too_large',
    ],
    ['DataVolume too small to contain image', 'import.too_large'],
    ['gzip: invalid header', 'import.corrupt'],
    ['The qcow2 image has a backing file; flatten it first', 'import.not_an_image'],
    ['The image is empty', 'import.not_an_image'],
    ['The server sent a text (text/html), not a disk image', 'import.not_an_image'],
    ['The image is truncated', 'import.corrupt'],
  ])('gives up at once on %j', (message, expected) => {
    expect(code(saying(message))).toBe(expected);
  });

  it.each([
    ['expected status code 200, got 503. Status: 503 Service Unavailable', 'import.source_unavailable'],
    ['dial tcp: lookup example.org: no such host', 'import.source_unavailable'],
    ['read tcp 10.0.0.1: i/o timeout', 'import.source_unavailable'],
    ['unexpected EOF', 'import.corrupt'],
    ['the download stalled for 60000 ms', 'import.stalled'],
    ['write /data/disk.img: no space left on device', 'import.no_space'],
    ['something that nobody has seen before', 'import.failed'],
  ])('lets CDI try three times on %j', (message, expected) => {
    expect(code(saying(message, 2))).toBeUndefined();
    expect(code(saying(message, 3))).toBe(expected);
  });

  it('does not take the end of a good import for a failure', () => {
    const message = '{"scratchSpaceRequired":false,"message":"Import Complete; fakelet"}';
    expect(code(at({ running: { status: 'False', reason: 'Completed', message } }))).toBeUndefined();
  });

  it('takes CDI at its word when it gives up', () => {
    expect(code(at({ phase: 'Failed' }))).toBe('import.failed');
  });

  it.each([
    [at(), 120_001, 'import.stalled'],
    [at(), 119_999, undefined],
    [at({ progress: null }), 120_001, undefined],
    [at({ progress: null }), 1_200_001, 'import.stalled'],
    [at({ phase: 'Pending' }), 120_001, undefined],
    [at({ phase: 'Pending' }), 1_200_001, 'import.stalled'],
  ])('%j idle for %i ms: %s', (situation, idleMs, expected) => {
    expect(code(situation, idleMs)).toBe(expected);
  });

  it('keeps the words of the importer on one line and short', () => {
    const message = importFailure(saying(`checksum\n${'x'.repeat(2000)}`), 0, 1000)?.message ?? '';
    expect(message).toMatch(/^checksum x+$/);
    expect(message.length).toBeLessThanOrEqual(500);
  });
});
