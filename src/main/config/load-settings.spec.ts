import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings, printableSettings, SettingsError } from './load-settings.js';
import { meaningOf, Settings } from './settings.js';

describe('settings', () => {
  it('has a default for everything that one machine needs', () => {
    expect(loadSettings({})).toMatchObject({
      PORT: 8080,
      VIRTGATE_DATA: '.virtgate',
      DATABASE_URL: null,
      IMPORT_ALLOWED_HOSTS: [],
    });
  });

  it('says of each what it does', () => {
    expect(Object.keys(new Settings()).filter((name) => !meaningOf(name))).toEqual([]);
  });

  it('reports all problems at once', () => {
    const load = () =>
      loadSettings({
        PORT: 'http',
        DATABASE_URL: 'mysql://x',
        SANDBOX_DRIVER: 'xen',
        VIRTGATE_SECRET: 'short',
      });
    expect(load).toThrow(SettingsError);
    try {
      load();
    } catch (error) {
      const { problems } = error as SettingsError;
      for (const name of ['PORT', 'DATABASE_URL', 'SANDBOX_DRIVER', 'VIRTGATE_SECRET']) {
        expect(problems.some((problem) => problem.includes(name))).toBe(true);
      }
    }
  });

  it('reads secrets from files and never prints them', () => {
    const directory = mkdtempSync(join(tmpdir(), 'virtgate-settings-'));
    try {
      writeFileSync(join(directory, 'url'), 'postgres://user:canary@db/virtgate\n');
      const settings = loadSettings({
        DATABASE_URL_FILE: join(directory, 'url'),
        IMPORT_ALLOWED_HOSTS: 'images.lan, 10.0.0.5:8080',
      });
      expect(settings.DATABASE_URL).toBe('postgres://user:canary@db/virtgate');
      expect(settings.IMPORT_ALLOWED_HOSTS).toEqual(['images.lan', '10.0.0.5:8080']);
      expect(JSON.stringify(printableSettings(settings))).not.toContain('canary');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
