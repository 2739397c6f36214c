import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { QmpClient } from './qmp-client.js';

/** What the guest's screen shows, as PNG. Needs QEMU 7.1 for the format. */
export async function screenshot(qmp: QmpClient, directory: string): Promise<Buffer> {
  const path = join(directory, `screen-${randomUUID()}.png`);
  try {
    await qmp.execute('screendump', { filename: path, format: 'png' });
    return await readFile(path);
  } finally {
    await rm(path, { force: true });
  }
}
