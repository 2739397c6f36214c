import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LIES, SAYINGS, type Saying, say, synchronised } from '../../../../test/support/hostile-agent.js';
import { GuestAgent } from './guest-agent.js';
import { askGuestSystem } from './guest-system.js';

const MIB = 1024 * 1024;

/** Whoever is root in the guest speaks on the agent's channel, over a real socket. */
describe('what answers in the place of an agent', () => {
  const directory = mkdtempSync(join(tmpdir(), 'virtgate-agent-'));
  let server: Server;
  let guest: Socket;
  let agent: GuestAgent;
  let answer: (command: string) => Saying;

  beforeEach(async () => {
    const path = join(directory, 'agent.sock');
    server = createServer((socket) => {
      guest = socket;
      socket.on('error', () => {});
      let rest = '';
      socket.on('data', (bytes) => {
        rest += bytes.toString('latin1');
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const { execute, arguments: args } = JSON.parse(line.slice(line.indexOf('{')));
          if (execute === 'guest-sync-delimited') guest.write(synchronised(args.id));
          else say(guest, answer(execute));
        }
      });
    });
    await new Promise<void>((done) => server.listen(path, done));
    agent = await GuestAgent.connect(path, 5_000);
  });

  afterEach(async () => {
    agent.close();
    await new Promise((done) => server.close(done));
  });

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('is not believed where it lies about its size and its types', async () => {
    answer = (command) => ({ return: LIES[command] });
    const system = await askGuestSystem(agent);
    expect(system.commands.length).toBeLessThanOrEqual(1024);
    expect(system.users.length).toBeLessThanOrEqual(1024);
    expect(system.fileSystems.length).toBeLessThanOrEqual(1024);
    const longest = Math.max(
      ...[system.hostname, system.agentVersion, ...Object.values(system.os)].map((text) => text.length),
    );
    expect(longest).toBe(4096);
    expect(system.fileSystems[0]).toMatchObject({ usedBytes: -1, totalBytes: 0 });
    expect(await agent.addresses()).toMatchObject([{ mac: '', ipAddresses: ['10.6.6.6'] }]);
    expect(JSON.stringify(system).length).toBeLessThan(MIB);
  });

  it.each(Object.keys(SAYINGS))('is bounded where it says %s', async (what) => {
    answer = () => SAYINGS[what] as Saying;
    const told = await agent.addresses(1_000).catch((error: Error) => error.message);
    if (Array.isArray(told)) expect(told.flatMap(({ ipAddresses }) => ipAddresses)).toEqual([]);
    else expect(told).toMatch(/^guest agent (said too much|did not answer)/);
    const system = await agent.ask('guest-get-osinfo', 300);
    expect(typeof system === 'string' ? system.length : 0).toBeLessThan(MIB);
    // It is not read while nobody waits: what is left stays in the guest.
    expect(guest.bytesWritten - guest.writableLength).toBeLessThan(8 * MIB);
    expect(agent.closed).toBe(false);
  });

  it('is understood again once it is an agent again', async () => {
    answer = () => ({ bytes: Buffer.alloc(3 * MIB, 'A') });
    for (let n = 0; n < 4; n += 1)
      await expect(agent.ping(500)).rejects.toThrow(/said too much|did not answer/);
    guest.write('\n');
    answer = () => ({ return: {} });
    let heard = false;
    for (let n = 0; n < 20 && !heard; n += 1)
      heard = await agent.ping(2_000).then(
        () => true,
        () => false,
      );
    expect(heard).toBe(true);
  });
});
