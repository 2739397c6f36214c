import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setCapabilities } from './migration-control.js';
import { QmpClient } from './qmp-client.js';

const REFUSAL = 'Postcopy is not supported';
const settings = {
  bandwidth: 0,
  maxDowntimeMs: 900,
  progressTimeout: 150,
  completionTimeoutPerGiB: 150,
  allowAutoConverge: false,
  allowWorkloadDisruption: false,
};

/** A process that speaks QMP as QEMU does on a kernel without userfaultfd. */
describe('a QEMU that cannot do post-copy', () => {
  let directory: string;
  let server: Server;
  let client: QmpClient;
  let postCopy: unknown[];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'virtgate-qmp-'));
    postCopy = [];
    server = createServer((socket) => {
      socket.write('{"QMP":{}}\n');
      createInterface({ input: socket }).on('line', (line) => {
        const { id, arguments: args } = JSON.parse(line);
        const asked = args?.capabilities?.find(
          (one: { capability: string }) => one.capability === 'postcopy-ram',
        );
        if (asked) postCopy.push(asked.state);
        const answer = asked?.state ? { error: { class: 'GenericError', desc: REFUSAL } } : { return: {} };
        socket.write(`${JSON.stringify({ id, ...answer })}\n`);
      });
    });
    const path = join(directory, 'qmp.sock');
    await new Promise<void>((resolve) => server.listen(path, resolve));
    client = await QmpClient.connect(path, 10_000);
  });

  afterEach(async () => {
    client.close();
    await new Promise((resolve) => server.close(resolve));
    await rm(directory, { recursive: true, force: true });
  });

  it('is told to go without it, and its reason is kept', async () => {
    expect(await setCapabilities(client, client, { ...settings, allowPostCopy: true }, false)).toBe(REFUSAL);
    expect(postCopy.at(-1)).toBe(false);
  });

  it('is not asked for what nobody allowed', async () => {
    expect(
      await setCapabilities(client, client, { ...settings, allowPostCopy: false }, false),
    ).toBeUndefined();
    expect(postCopy).not.toContain(true);
  });
});
