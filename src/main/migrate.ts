import { migrate } from '../platform/database/migrations.js';
import { required } from './config/required-settings.js';
import type { Settings } from './config/settings.js';

/** `virtgate migrate`: once, before a roll-out. */
export async function migrateDatabase(settings: Settings): Promise<void> {
  const { DATABASE_URL } = required(settings, 'DATABASE_URL');
  const applied = await migrate(DATABASE_URL, { queue: settings.REDIS_URL === null });
  console.log(applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`);
}
