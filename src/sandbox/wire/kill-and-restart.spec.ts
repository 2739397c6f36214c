import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Agent, request } from 'undici';
import { parse } from 'yaml';
import type { Untyped } from '../store/kube-object.js';
import { virtualMachine } from './testing/running-server.js';

const HERE = join(import.meta.dirname, 'testing');
const VMS = '/apis/kubevirt.io/v1/namespaces/default/virtualmachines';

describe('a server killed with -9', () => {
  let directory: string;
  let child: ChildProcess | undefined;

  async function start(): Promise<string> {
    child = spawn(
      process.execPath,
      [
        '--no-warnings',
        '--import',
        pathToFileURL(join(HERE, 'register-typescript.mjs')).href,
        join(HERE, 'serve-until-killed.ts'),
        directory,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data');
    return String(line).trim();
  }

  async function kill(): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  async function call(method: 'GET' | 'POST', path: string, body?: Untyped): Promise<Untyped> {
    const config = parse(readFileSync(join(directory, 'sandbox/kubeconfig'), 'utf8'));
    const { server, 'certificate-authority-data': authority } = config.clusters[0].cluster;
    const agent = new Agent({ connect: { ca: Buffer.from(authority, 'base64') } });
    try {
      const response = await request(`${server}${path}`, {
        method,
        dispatcher: agent,
        headers: {
          authorization: `Bearer ${config.users[0].user.token}`,
          'content-type': 'application/json',
        },
        body: body === undefined ? null : JSON.stringify(body),
      });
      const lines = (await response.body.text()).trim().split('\n');
      return JSON.parse(lines[0] as string);
    } finally {
      await agent.destroy();
    }
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sandbox-kill-'));
  });
  afterAll(async () => {
    await kill();
    await rm(directory, { recursive: true, force: true });
  });

  it('comes back at the same address with every answered write, its revision and its kubeconfig', async () => {
    const url = await start();
    const kubeconfig = readFileSync(join(directory, 'sandbox/kubeconfig'), 'utf8');
    const answered: Untyped[] = [];
    for (let count = 0; count < 40; count++)
      answered.push(await call('POST', VMS, virtualMachine(`vm-${String(count).padStart(2, '0')}`)));
    // One more is on its way when the process dies: it may or may not be there, whole.
    const last = call('POST', VMS, virtualMachine('vm-last')).catch(() => undefined);
    await kill();
    await last;

    expect(await start()).toBe(url);
    expect(readFileSync(join(directory, 'sandbox/kubeconfig'), 'utf8')).toBe(kubeconfig);
    const list = await call('GET', VMS);
    const found = new Map(list.items.map((vm: Untyped) => [vm.metadata.uid, vm]));
    for (const vm of answered) expect(found.get(vm.metadata.uid)).toEqual(vm);
    const newest = Number(answered.at(-1).metadata.resourceVersion);
    expect(Number(list.metadata.resourceVersion)).toBeGreaterThanOrEqual(newest);

    const resumed = await call('GET', `${VMS}?watch=true&resourceVersion=${newest - 5}&timeoutSeconds=1`);
    expect(resumed).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });
});
