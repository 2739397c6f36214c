import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { createNodeDriver } from '../create-node-driver.js';
import type { GuestSpec, GuestState, NodeDriver } from '../node-driver.js';

const uid = '3f0c3c4e-0000-4000-8000-000000000001';

function guest(more: Partial<GuestSpec> = {}): GuestSpec {
  return {
    uid,
    namespace: 'demo',
    name: 'web',
    node: 'node01',
    vcpus: 1,
    memoryBytes: 64n * 1024n * 1024n,
    disks: [],
    interfaces: [],
    firmwareUuid: uid,
    uefi: false,
    serialConsole: true,
    graphics: true,
    startPaused: false,
    ...more,
  };
}

describe('simulated driver', () => {
  let directory: string;
  let driver: NodeDriver;

  const create = () =>
    createNodeDriver({
      kind: 'simulated',
      directory,
      timings: { startMs: 5, bootMs: 5, shutdownMs: 5, killMs: 1 },
    });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'virtgate-simulated-'));
    driver = await create();
  });

  afterEach(async () => {
    await driver.close({ detach: false });
    await rm(directory, { recursive: true, force: true });
  });

  async function untilState(state: GuestState, id = uid): Promise<void> {
    while (driver.observe(id)?.state !== state) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async function until(console: Duplex, wanted: string): Promise<string> {
    let text = '';
    for await (const chunk of console.iterator({ destroyOnReturn: false })) {
      text += String(chunk);
      if (text.includes(wanted)) {
        return text;
      }
    }
    throw new Error(`The console ended without ${wanted}: ${text}`);
  }

  it('goes through the states of a real guest, telling each once', async () => {
    const told: string[] = [];
    driver.onChange(({ state }) => told.push(state));
    await driver.start(guest());
    await driver.start(guest());
    await untilState('running');
    await driver.pause(uid);
    await driver.resume(uid);
    await driver.shutdown(uid, 10);
    await untilState('shutdown');
    expect(told).toEqual(['starting', 'running', 'paused', 'running', 'shutdown']);
    expect(driver.observe(uid)).toMatchObject({ reason: 'The guest shut down', pid: undefined });
    await expect(driver.start(guest())).rejects.toThrow('remove it');
    await driver.remove(uid);
    expect(driver.list()).toEqual([]);
    expect(await readdir(join(directory, 'simulated'))).toEqual([]);
  });

  it('pulls the plug on a paused guest when the grace period ends, and at once when told', async () => {
    await driver.start(guest({ startPaused: true }));
    await untilState('paused');
    await driver.shutdown(uid, 0.01);
    await untilState('shutdown');
    expect(driver.observe(uid)?.reason).toContain('grace period');
    const other = uid.replace(/1$/, '2');
    await driver.start(guest({ uid: other }));
    await driver.kill(other);
    expect(driver.observe(other)).toMatchObject({ state: 'shutdown', reason: 'Stopped by force' });
  });

  it('has a console that answers, to several at once', async () => {
    await driver.start(guest());
    await untilState('running');
    const [first, second] = [await driver.openSerial(uid), await driver.openSerial(uid)];
    expect(await until(first, ':~# ')).toContain('web login:');
    const seen = until(second, 'Linux web');
    first.write('echo "hello there"\r');
    expect(await until(first, '\r\nhello there\r\n')).toContain('echo "hello there"');
    first.write('uname -a\n');
    await until(first, 'Linux web');
    expect(await seen).toContain('hello there');
    first.destroy();
    await driver.kill(uid);
    await expect(until(second, 'never said')).rejects.toThrow('ended');
  });

  it('finds its guests running again after a restart', async () => {
    const other = uid.replace(/1$/, '2');
    const ended = uid.replace(/1$/, '3');
    for (const id of [uid, other, ended]) {
      await driver.start(guest({ uid: id }));
      await untilState('running', id);
    }
    await driver.pause(other);
    await driver.kill(ended);
    await driver.close({ detach: true });
    await writeFile(join(directory, 'simulated', 'broken.json'), '{');
    driver = await create();
    const adopted = await driver.adopt();
    expect(Object.fromEntries(adopted.map((seen) => [seen.uid, seen.state]))).toEqual({
      [uid]: 'running',
      [other]: 'paused',
      [ended]: 'shutdown',
    });
    // It may have said that it is ready before anybody listened.
    const console = await driver.openSerial(uid);
    console.write('hostname\r');
    expect(await until(console, 'web\r\n')).toContain('hostname');
  });

  it('refuses what a guest does not have', async () => {
    await expect(driver.pause(uid)).rejects.toThrow(`No guest ${uid}`);
    await expect(driver.start(guest({ uid: '../../etc' }))).rejects.toThrow('uid');
    await driver.start(guest({ serialConsole: false }));
    await expect(driver.openSerial(uid)).rejects.toThrow('not running');
    await untilState('running');
    await expect(driver.openSerial(uid)).rejects.toThrow('no serial console');
    await expect(driver.remove(uid)).rejects.toThrow('still runs');
    expect(driver).toMatchObject({ kind: 'simulated', accelerator: 'none' });
  });
});
