import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { isSecret, Settings } from './settings.js';

/** Everything that is wrong with the configuration, at once. */
export class SettingsError extends Error {
  constructor(readonly problems: string[]) {
    super(
      `The configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.name = 'SettingsError';
  }
}

/** Reads the environment once. An empty variable counts as absent. Throws {@link SettingsError}. */
export function loadSettings(environment: NodeJS.ProcessEnv = process.env): Settings {
  const problems: string[] = [];
  const given: Record<string, string> = {};
  for (const name of Object.keys(new Settings())) {
    const value = environment[name] || readSecretFile(name, environment, problems);
    if (value) given[name] = value;
  }
  const settings = plainToInstance(Settings, given, { exposeDefaultValues: true });
  for (const error of validateSync(settings, { whitelist: true, stopAtFirstError: true })) {
    for (const message of Object.values(error.constraints ?? {})) {
      problems.push(message.includes(error.property) ? message : `${error.property}: ${message}`);
    }
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

function readSecretFile(
  name: string,
  environment: NodeJS.ProcessEnv,
  problems: string[],
): string | undefined {
  const path = environment[`${name}_FILE`];
  if (!path || !isSecret(name)) return undefined;
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    problems.push(`${name}_FILE cannot be read: ${(error as Error).message}`);
    return undefined;
  }
}

/** The settings as an operator may see them. */
export function printableSettings(settings: Settings): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      isSecret(name) && value !== null ? '[redacted]' : value,
    ]),
  );
}
