import { Failure } from '../../../kernel/failure.js';
import { rangeOf, totalOf, wantsSha256 } from './byte-range.js';
import { fromGoDuration, goDuration, parseDuration } from './duration.js';
import { exportManifest, tokenSecret } from './manifest.js';
import { MAX_NAME_LENGTH } from './names.js';
import { lifetime, specify } from './specify.js';

describe('a duration', () => {
  it.each([
    ['90s', 90, '1m30s'],
    ['1h', 3600, '1h'],
    ['1h30m', 5400, '1h30m'],
    ['2d', 172_800, '48h'],
  ])('%s is %d seconds, in Go %s', (text, seconds, go) => {
    expect(parseDuration(text)).toBe(seconds);
    expect(goDuration(seconds)).toBe(go);
    expect(fromGoDuration(go)).toBe(seconds);
  });

  it.each(['', '1', 'h', '-1h', '1.5h', '1w', '1h ', '9999999s'])('is not %j', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it('is read as the cluster writes it', () => {
    expect(fromGoDuration('2h0m0s')).toBe(7200);
    expect(fromGoDuration('')).toBeNull();
    expect(fromGoDuration('soon')).toBeNull();
  });
});

describe('what is wanted of an export', () => {
  const pointers = (work: () => unknown): (string | undefined)[] => {
    try {
      work();
      return [];
    } catch (error) {
      return ((error as Failure).errors ?? []).map(({ pointer }) => pointer);
    }
  };

  it('lives an hour unless it says otherwise', () => {
    expect(specify({ name: 'out', source: { vm: 'web' } })).toEqual({
      name: 'out',
      source: { vm: 'web' },
      ttl: 3600,
    });
  });

  it.each([
    ['/name', { name: 'Not a name', source: { vm: 'web' } }],
    ['/name', { name: 'a'.repeat(MAX_NAME_LENGTH + 1), source: { vm: 'web' } }],
    ['/ttl', { name: 'out', source: { vm: 'web' }, ttl: '59s' }],
    ['/ttl', { name: 'out', source: { vm: 'web' }, ttl: '8d' }],
    ['/source', { name: 'out', source: {} }],
    ['/source', { name: 'out', source: { vm: 'web', disk: 'web-root' } }],
  ])('is refused at %s', (pointer, body) => {
    expect(pointers(() => specify(body))).toEqual([pointer]);
  });

  it('a link lives a quarter of an hour at most', () => {
    expect(lifetime('15m', '/expiresIn', 900)).toBe(900);
    expect(pointers(() => lifetime('16m', '/expiresIn', 900))).toEqual(['/expiresIn']);
    expect(pointers(() => lifetime('0s', '/expiresIn', 900))).toEqual(['/expiresIn']);
  });
});

describe('the objects of an export', () => {
  const from = {
    namespace: 'vg-demo-1',
    operationId: 'op-1',
    requestId: 'r-1',
    requestedBy: { type: 'user', id: 'u-1', name: 'Ada' },
  };

  it.each([
    [{ vm: 'web' }, { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'web' }],
    [
      { snapshot: 'before' },
      { apiGroup: 'snapshot.kubevirt.io', kind: 'VirtualMachineSnapshot', name: 'before' },
    ],
    [{ disk: 'web-root' }, { apiGroup: '', kind: 'PersistentVolumeClaim', name: 'web-root' }],
  ])('say their source: %j', (source, reference) => {
    const spec = { name: 'out', source, ttl: 3600 };
    const object = exportManifest(spec, from);
    const secret = tokenSecret(spec, 'token', from);
    expect(object.spec).toEqual({
      source: reference,
      ttlDuration: '1h',
      tokenSecretRef: secret.metadata.name,
    });
    expect(JSON.stringify(object)).not.toContain('"token"');
  });
});

describe('a range', () => {
  it.each([
    ['bytes=0-9', undefined, 'bytes=0-9'],
    ['bytes=5-', '"tag"', 'bytes=5-'],
    ['bytes=-5', '"other"', null],
    ['bytes=0-1,5-9', undefined, null],
    ['lines=1-2', undefined, null],
    ['bytes=-', undefined, null],
  ])('%s with If-Range %s asks for %s', (range, condition, asked) => {
    expect(rangeOf({ range, 'if-range': condition }, '"tag"')).toBe(asked);
  });

  it('tells the whole', () => {
    expect(totalOf('bytes 0-0/4096')).toBe(4096);
    expect(totalOf('bytes */4096')).toBe(4096);
    expect(totalOf('bytes 0-0/*')).toBeNull();
    expect(totalOf(undefined)).toBeNull();
  });
});

it.each([
  [{ 'want-content-digest': 'sha-256=1' }, true],
  [{ 'want-repr-digest': 'sha-512=3, sha-256=10' }, true],
  [{ 'want-digest': 'SHA-256' }, true],
  [{ 'want-content-digest': 'sha-256=0' }, false],
  [{ 'want-content-digest': 'sha-512=1' }, false],
  [{}, false],
])('%j wants a SHA-256: %s', (headers, wanted) => {
  expect(wantsSha256(headers)).toBe(wanted);
});
