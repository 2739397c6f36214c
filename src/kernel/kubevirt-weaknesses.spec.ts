import { hasWeakness, WEAKNESSES, weaknessesOf } from './kubevirt-weaknesses.js';

describe('known weaknesses of KubeVirt', () => {
  it.each([
    ['v1.3.1', true],
    ['v1.6.5', true],
    ['v1.6.6', false],
    ['v1.7.3', true],
    ['1.7.4', false],
    ['v1.8.2-35-gabcdef', true],
    ['v1.8.3', false],
    ['v1.9.0', false],
    ['v1.10.0', false],
    ['v2.0.0', false],
    ['devel', false],
    [null, false],
  ])('%s has the one of console sockets: %s', (version, has) => {
    expect(hasWeakness(version, WEAKNESSES.consoleSockets)).toBe(has);
  });

  it('are told together', () => {
    expect(weaknessesOf('v1.5.2').map(({ id }) => id)).toEqual([
      'CVE-2026-7374',
      'CVE-2026-6383',
      'CVE-2025-64433',
      'CVE-2025-64432',
    ]);
    expect(weaknessesOf('v1.8.1').map(({ id }) => id)).toEqual(['CVE-2026-7374', 'CVE-2026-6383']);
    expect(weaknessesOf('v1.9.0')).toEqual([]);
  });
});
