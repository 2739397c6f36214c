import { preferredWait } from './answers-operation.contract.js';
import { lastEventId } from './api/event-stream.js';

describe('Prefer', () => {
  it.each([
    ['wait=10', 10],
    ['Wait = 10', 10],
    ['wait="5"', 5],
    ['respond-async, wait=3', 3],
    ['wait=3, respond-async', 3],
    ['wait=3; foo=bar', 3],
    ['wait=0', 0],
    ['wait=3600', 60],
    ['wait=', null],
    ['wait=-1', null],
    ['wait=1.5', null],
    ['await=5', null],
    ['wait=5x', null],
    ['respond-async', null],
    [undefined, null],
  ])('%s is understood as %s', (header, seconds) => {
    expect(preferredWait(header)).toBe(seconds);
  });
});

describe('Last-Event-ID', () => {
  it.each([
    ['7', 7],
    ['0', 0],
    ['-1', 0],
    ['7; drop', 0],
    ['99999999999999999999', 0],
    [undefined, 0],
  ])('%s is understood as %s', (header, version) => {
    expect(lastEventId(header)).toBe(version);
  });
});
