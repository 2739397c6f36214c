import { isInput } from './console-activity.js';
import { closeFrame, END_REASONS } from './console-end.js';
import { ConsoleLimits, portRange } from './console-limits.js';

describe('limits of consoles', () => {
  const limits = new ConsoleLimits(1_000, 10_000, [
    { from: 22, to: 22 },
    { from: 8000, to: 8010 },
  ]);

  it.each([
    [0, 0, 999, null],
    [0, 500, 1_499, null],
    [0, 500, 1_500, 'idle'],
    [0, 9_999, 10_000, 'too-long'],
  ])('opened at %d and used at %d it is, at %d, %s', (openedAt, usedAt, now, overdue) => {
    expect(limits.overdue(openedAt, usedAt, now)).toBe(overdue);
  });

  it('lets port-forwards through to the ports that are named, or to all where none is', () => {
    expect([21, 22, 23, 7999, 8000, 8010, 8011].filter((port) => limits.allowsPort(port))).toEqual([
      22, 8000, 8010,
    ]);
    expect(new ConsoleLimits(1, 1, []).allowsPort(65_535)).toBe(true);
  });

  it('closes consoles on a release with a hole in them, unless somebody answers for its build', () => {
    expect(['v1.6.5', 'v1.9.0', null].map((release) => limits.allowsRelease(release))).toEqual([
      false,
      true,
      true,
    ]);
    expect(new ConsoleLimits(1, 1, [], true).allowsRelease('v1.6.5')).toBe(true);
  });

  it.each([
    ['22', { from: 22, to: 22 }],
    ['8000-8999', { from: 8000, to: 8999 }],
    ['0', null],
    ['65536', null],
    ['9-8', null],
    ['ssh', null],
    ['1-2-3', null],
  ])('reads %s as ports', (text, range) => {
    expect(portRange(text)).toEqual(range);
  });

  it('counts a request for a picture as not typed', () => {
    const request = Buffer.of(3, 1, 0, 0, 0, 0, 1, 0, 1, 0);
    expect(isInput('vnc', request)).toBe(false);
    expect(isInput('serial', request)).toBe(true);
    expect(isInput('vnc', Buffer.of(4, 1, 0, 0, 0, 0, 0, 97))).toBe(true);
  });

  it('has close frames that a websocket can carry', () => {
    for (const reason of END_REASONS) {
      expect(Buffer.byteLength(closeFrame(reason).text)).toBeLessThanOrEqual(123);
    }
  });
});
