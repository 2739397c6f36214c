import { nearest } from './nearest.js';

const NAMES = [
  'u1.micro',
  'u1.small',
  'u1.medium',
  'u1.large',
  'o1.medium',
  'cx1.medium',
  'fedora',
  'windows.11',
];

describe('the names that may have been meant', () => {
  it.each([
    ['u1.medum', ['u1.medium', 'o1.medium', 'cx1.medium']],
    ['U1.LARGE', ['u1.large']],
    ['fedroa', ['fedora']],
    ['windows', ['windows.11']],
    ['zzzzzzzz', []],
    ['', []],
    ['x'.repeat(5000), []],
  ])('for %.20s', (name, expected) => expect(nearest(name, NAMES)).toEqual(expected));
});
