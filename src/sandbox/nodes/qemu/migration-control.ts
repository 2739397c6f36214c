import type { MigrationProgress, MigrationSettings } from '../guest-migration.js';
import type { QmpClient } from './qmp-client.js';

export interface MigrationInfo {
  status?:
    | 'none'
    | 'setup'
    | 'cancelling'
    | 'cancelled'
    | 'active'
    | 'postcopy-active'
    | 'postcopy-paused'
    | 'postcopy-recover'
    | 'completed'
    | 'failed'
    | 'pre-switchover'
    | 'device'
    | 'wait-unplug'
    | 'colo';
  'error-desc'?: string;
  ram?: {
    total: number;
    transferred: number;
    remaining: number;
    mbps: number;
    'dirty-pages-rate': number;
    'page-size': number;
    /** Since QEMU 7.0. */
    'postcopy-bytes'?: number;
  };
}

/** As good as no limit, for QEMU knows none. */
const UNLIMITED = 2 ** 40;

export const migrationInfo = (qmp: QmpClient) => qmp.execute<MigrationInfo>('query-migrate');

/**
 * Both ends must agree. The source waits before it hands over, and the target before it takes the disks, so that
 * what is about to happen can be written down first. Returns why post-copy cannot be had though it is allowed (the
 * kernel may refuse userfaultfd), in QEMU's words.
 */
export async function setCapabilities(
  source: QmpClient,
  target: QmpClient,
  { allowAutoConverge, allowPostCopy }: MigrationSettings,
  paused: boolean,
): Promise<string | undefined> {
  for (const qmp of [source, target]) {
    await qmp.execute('migrate-set-capabilities', {
      capabilities: [
        { capability: 'pause-before-switchover', state: true },
        // A paused guest is never told to run: its disks are taken at once.
        { capability: 'late-block-activate', state: !paused },
        { capability: 'auto-converge', state: allowAutoConverge },
        { capability: 'events', state: true },
        { capability: 'postcopy-ram', state: false },
      ],
    });
  }
  if (!allowPostCopy) return undefined;
  const postCopy = { capabilities: [{ capability: 'postcopy-ram', state: true }] };
  try {
    await target.execute('migrate-set-capabilities', postCopy);
    await source.execute('migrate-set-capabilities', postCopy);
    return undefined;
  } catch (error) {
    const none = { capabilities: [{ capability: 'postcopy-ram', state: false }] };
    await target.execute('migrate-set-capabilities', none);
    return error instanceof Error ? error.message : String(error);
  }
}

/** Bytes a second and milliseconds. */
export async function setParameters(
  source: QmpClient,
  { bandwidth, maxDowntimeMs }: Pick<MigrationSettings, 'bandwidth' | 'maxDowntimeMs'>,
): Promise<void> {
  await source.execute('migrate-set-parameters', {
    'max-bandwidth': bandwidth || UNLIMITED,
    'downtime-limit': maxDowntimeMs,
  });
}

export function progressOf({ ram }: MigrationInfo): MigrationProgress | undefined {
  if (!ram) return undefined;
  return {
    total: ram.total,
    processed: ram.transferred,
    remaining: ram.remaining,
    dirtyRate: ram['dirty-pages-rate'] * ram['page-size'],
    transferRate: Math.round((ram.mbps * 1_000_000) / 8),
    ...(ram['postcopy-bytes'] ? { postCopy: ram['postcopy-bytes'] } : {}),
  };
}
