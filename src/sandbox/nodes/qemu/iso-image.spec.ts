import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isoImage } from './iso-image.js';

const hasXorriso = (() => {
  try {
    execFileSync('xorriso', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe('a CD', () => {
  const files = {
    'autounattend.xml': Buffer.from('<unattend/>\n'),
    'unattend.xml': Buffer.alloc(5000, 'x'),
    empty: Buffer.alloc(0),
    // More than one sector of the directory.
    ...Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`script-${index}.cmd`, Buffer.from(`echo ${index}`)]),
    ),
  };

  (hasXorriso ? it : it.skip)('is read by xorriso as it was written', () => {
    const directory = mkdtempSync(join(tmpdir(), 'virtgate-iso-'));
    try {
      const path = join(directory, 'cd.iso');
      writeFileSync(path, isoImage('unattendCD', files));
      const asked = ['-indev', path, '-pvd_info', '-osirrox', 'on', '-extract', '/', join(directory, 'out')];
      const told = execFileSync('xorriso', asked, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
      expect(told).toMatch(/Volume Id\s*: unattendCD/);
      for (const [name, content] of Object.entries(files)) {
        const found = readFileSync(join(directory, 'out', name.toUpperCase()));
        expect([name, found.equals(content)]).toEqual([name, true]);
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('has no file whose name leads elsewhere', () => {
    for (const name of ['../x', 'a;1', 'ä', 'x'.repeat(201)]) {
      expect(() => isoImage('x', { [name]: Buffer.from('') })).toThrow('No CD can have');
    }
  });
});
