import { retentionSeconds, retentionText } from './retention.js';

describe('how long a trash keeps', () => {
  it.each([
    ['1m', 60],
    ['90m', 5400],
    ['12h', 43_200],
    ['7d', 604_800],
    ['365d', 31_536_000],
  ])('%s is %d seconds, and is said so again', (text, seconds) => {
    expect(retentionSeconds(text)).toBe(seconds);
    expect(retentionText(seconds)).toBe(text);
  });

  it.each(['', '0d', '7', '7w', '366d', '59s', '-1d', '1.5d', ' 7d'])('"%s" is refused', (text) => {
    expect(() => retentionSeconds(text)).toThrow('1m');
  });
});
