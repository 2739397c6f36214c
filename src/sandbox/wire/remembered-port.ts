import { existsSync, readFileSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { writeSecret } from './certificates.js';

/**
 * Listens on the port of last time (kept in the file), so that addresses that clients have noted stay good;
 * on another one if a stranger has taken it since. Returns the port.
 */
export async function listenOnRememberedPort(server: Server, file: string, host: string): Promise<number> {
  const remembered = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) || 0 : 0;
  try {
    await listen(server, remembered, host);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || remembered === 0) throw error;
    await listen(server, 0, host);
  }
  const { port } = server.address() as AddressInfo;
  writeSecret(file, `${port}\n`);
  return port;
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
