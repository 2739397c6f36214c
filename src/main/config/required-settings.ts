import { SettingsError } from './load-settings.js';
import type { Settings } from './settings.js';

type Required<Names extends keyof Settings> = { [Name in Names]: NonNullable<Settings[Name]> };

/** What a role cannot do without, all that is missing told at once. Throws {@link SettingsError}. */
export function required<Names extends keyof Settings>(
  settings: Settings,
  ...names: Names[]
): Required<Names> {
  const missing = names.filter((name) => settings[name] === null || settings[name] === undefined);
  if (missing.length > 0) {
    throw new SettingsError(missing.map((name) => `${name} is not set. (\`virtgate up\` brings its own.)`));
  }
  return settings as Required<Names>;
}
