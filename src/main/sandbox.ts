import { rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createSandbox } from '../sandbox/sandbox.js';
import type { Settings } from './config/settings.js';
import { factLogger } from './fact-logger.js';
import { runUntilStopped } from './role-lifetime.js';

/** `virtgate sandbox`: a cluster on this machine. Its guests end with it, unless it is killed: then they are adopted. */
export async function sandbox(settings: Settings): Promise<void> {
  const dataDirectory = resolve(settings.VIRTGATE_DATA);
  await mkdir(resolve(dataDirectory, 'run'), { recursive: true });
  const readyFile = resolve(dataDirectory, 'run', 'sandbox.ready');
  rmSync(readyFile, { force: true });
  const { logger, flush } = factLogger('sandbox', settings.LOG_LEVEL);
  const cluster = await createSandbox({
    dataDirectory,
    port: settings.SANDBOX_PORT,
    nodes: settings.SANDBOX_NODES,
    driver: settings.SANDBOX_DRIVER,
    allowedImportHosts: settings.IMPORT_ALLOWED_HOSTS,
    logger,
  });
  await cluster.start();
  writeFileSync(readyFile, JSON.stringify({ url: cluster.url, driver: cluster.driver }));
  runUntilStopped(async () => {
    rmSync(readyFile, { force: true });
    await cluster.stop({ detachGuests: false });
    flush();
  });
}
