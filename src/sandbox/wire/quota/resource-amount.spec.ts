import fc from 'fast-check';
import { add, formatAmount, parseAmount } from './resource-amount.js';

describe('amounts', () => {
  it.each([
    ['64M', '64M'],
    ['1Gi', '1Gi'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['0.5', '500m'],
    ['1000m', '1'],
    ['100n', '1m'],
    ['1e3', '1k'],
    ['12E', '12E'],
    ['0', '0'],
    ['10737418240', '10737418240'],
  ])('%s is told as %s', (text, expected) => {
    expect(formatAmount(parseAmount(text)!)).toBe(expected);
  });

  it.each(['', 'Gi', '1GiB', '1 Gi', '--1', 'x'])('%j is none', (text) => {
    expect(parseAmount(text)).toBeUndefined();
  });

  it('add up, whatever their suffixes', () => {
    expect(formatAmount(add(parseAmount('1Gi')!, parseAmount('512Mi')!))).toBe('1536Mi');
    expect(formatAmount(add(parseAmount('250m')!, parseAmount('750m')!))).toBe('1');
  });

  it('read back what they told', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 24n), fc.boolean(), (milli, binary) => {
        expect(parseAmount(formatAmount({ milli, binary }))?.milli).toBe(milli);
      }),
    );
  });
});
