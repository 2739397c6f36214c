import { canonicalBytes, formatBytes, parseBytes, parseMilli } from './quantity.js';

describe('quantity', () => {
  it.each([
    ['4Gi', 4294967296n],
    ['1.5Gi', 1610612736n],
    ['1G', 1000000000n],
    ['1e3', 1000n],
    ['0', 0n],
    ['1500m', 2n],
  ])('%s is %s bytes', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(['', '-1Gi', 'Gi', '1 Gi', '1gi', 'NaN', '1e999'])('refuses %j', (text) => {
    expect(parseBytes(text)).toBeNull();
  });

  it('keeps thousandths', () => {
    expect(parseMilli('500m')).toBe(500n);
    expect(parseMilli('2')).toBe(2000n);
  });

  it('is canonical on output', () => {
    expect(canonicalBytes('4096Mi')).toBe('4Gi');
    expect(formatBytes(1000n)).toBe('1000');
    expect(formatBytes(0n)).toBe('0');
  });
});
