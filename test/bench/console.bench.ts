import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { parse } from 'yaml';
import { ClusterAdmin } from '../support/cluster-admin.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

/**
 * The same bytes through virtgate's consoles and through a bare websocket relay to the same subresources, in turn in one
 * run: the figures to quote are the ratios. Then how long a change in the cluster takes to a GraphQL subscriber.
 * The guest is simulated: a port that echoes, a screen that paints a whole picture each time, a shell that echoes character by character.
 */
const MIB = 1024 * 1024;
const ROUNDS = Number(process.env.BENCH_CONSOLE_ROUNDS ?? 5);
const CHANGES = Number(process.env.BENCH_CHANGES ?? 200);
const PIECE = Buffer.alloc(64 * 1024, 'x');
const MERGE = 'application/merge-patch+json';
const VM = '/projects/demo/vms/bench';

type Way = 'port-forward' | 'vnc' | 'serial';
type Relay = 'bare' | 'virtgate';
const SUBRESOURCES: Record<Way, string> = {
  'port-forward': '/portforward/22/tcp',
  vnc: '/vnc',
  serial: '/console',
};
/** Bytes that must come back. */
const AMOUNTS: Record<Way, number> = {
  'port-forward': Number(process.env.BENCH_CONSOLE_MIB ?? 256) * MIB,
  vnc: 64 * MIB,
  serial: MIB / 8,
};

const virtgate = await Virtgate.start({
  env: { SANDBOX_DRIVER: 'simulated', LOG_LEVEL: 'warn', RATE_LIMIT_PLATFORM: '0' },
});
let bare: ChildProcess | null = null;
const admin = ClusterAdmin.of(virtgate.kubeconfig);
try {
  const { body } = await virtgate.rest('POST', '/projects/demo/vms', {
    name: 'bench',
    cpus: 1,
    memory: '64Mi',
    bootDisk: { blank: true, size: '64Mi' },
  });
  if ((await virtgate.settled(body)).state !== 'SUCCEEDED') throw new Error('the machine does not run');
  const { items } = await admin.call('GET', '/api/v1/namespaces?labelSelector=virtgate.io/project=demo');
  const namespace: string = items[0].metadata.name;
  const relay = await startBare(namespace);
  bare = relay.child;

  const addresses: Record<Relay, (way: Way) => Promise<string>> = {
    bare: async (way) => relay.url + SUBRESOURCES[way],
    virtgate: async (way) => {
      if (way === 'vnc') await until('the screen is free', screenIsFree);
      const port = way === 'port-forward' ? { port: 22 } : {};
      const answer = await virtgate.rest('POST', `${VM}/console-sessions`, { type: way, ...port });
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return answer.body.websocketUrl;
    },
  };
  for (const way of Object.keys(SUBRESOURCES) as Way[]) {
    const rates: Record<Relay, number[]> = { bare: [], virtgate: [] };
    for (let round = 0; round <= ROUNDS; round += 1) {
      const order: Relay[] = round % 2 === 0 ? ['bare', 'virtgate'] : ['virtgate', 'bare'];
      for (const name of order) {
        const rate = await measure(way, await addresses[name](way));
        // The first round warms both up.
        if (round > 0) rates[name].push(rate);
      }
    }
    const [ours, theirs] = [median(rates.virtgate), median(rates.bare)];
    console.log(
      `${way}: ${(AMOUNTS[way] / MIB).toFixed(1)} MiB from the guest, ${ROUNDS} rounds in turn, MiB/s:`,
    );
    console.log(`  bare      median ${(theirs / MIB).toPrecision(3)} (${list(rates.bare)})`);
    console.log(`  virtgate  median ${(ours / MIB).toPrecision(3)} (${list(rates.virtgate)})`);
    console.log(`  ratio of the medians ${(ours / theirs).toFixed(2)}`);
  }
  await changes(namespace);
} finally {
  bare?.kill();
  admin.close();
  await virtgate.stop();
}

/** Bytes a second that come from the guest. */
async function measure(way: Way, url: string): Promise<number> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  let [resolve, reject] = [() => {}, (_error: Error) => {}];
  const whole = new Promise<void>((done, fail) => {
    [resolve, reject] = [done, fail];
  });
  let heard = 0;
  socket.on('message', (data: Buffer) => {
    heard += data.length;
    if (heard >= AMOUNTS[way]) resolve();
    else if (way === 'vnc') onScreen(socket, heard);
  });
  socket.once('error', (error) => reject(error));
  socket.once('close', (code, reason) => reject(new Error(`closed with ${code} ${reason}`)));
  await new Promise<void>((open) => socket.once('open', open));
  const from = performance.now();
  if (way === 'port-forward') pour(socket, PIECE, AMOUNTS[way]);
  if (way === 'serial') pour(socket, Buffer.from(`echo ${'x'.repeat(1_000)}\r`), AMOUNTS[way]);
  if (way === 'vnc') socket.send('RFB 003.008\n');
  await whole;
  const seconds = (performance.now() - from) / 1000;
  const closed = new Promise((done) => socket.once('close', done));
  socket.close();
  await closed;
  return heard / seconds;
}

/** Asks for a whole picture as soon as the one before has come. */
function onScreen(socket: WebSocket, heard: number): void {
  const [WIDTH, HEIGHT, INIT] = [320, 200, 12 + 2 + 4 + 48];
  if (heard === 12 + 2) socket.send(Buffer.of(1));
  else if (heard === 12) return;
  else if (heard === 12 + 2 + 4) socket.send(Buffer.of(1));
  else if (heard >= INIT && (heard - INIT) % (16 + WIDTH * HEIGHT * 4) === 0)
    socket.send(Buffer.of(3, 0, 0, 0, 0, 0, WIDTH >> 8, WIDTH & 255, HEIGHT >> 8, HEIGHT & 255));
}

/** As fast as the far side takes it. */
function pour(socket: WebSocket, piece: Buffer, bytes: number): void {
  let left = bytes;
  const more = () => {
    while (left > 0 && socket.readyState === socket.OPEN && socket.bufferedAmount < MIB) {
      left -= piece.length;
      socket.send(piece, { binary: true }, more);
    }
  };
  more();
}

async function screenIsFree(): Promise<boolean> {
  const { body } = await virtgate.rest('GET', `${VM}/console-sessions`);
  return body.items.every((one: Json) => one.type !== 'vnc' || one.state !== 'OPEN');
}

/** A label, written straight into the cluster, until it arrives at a subscriber. */
async function changes(namespace: string): Promise<void> {
  const told = virtgate.subscribe(
    `subscription ($project: String!, $name: String!) {
      virtualMachineChanged(project: $project, name: $name) { labels } }`,
    { project: 'demo', name: 'bench' },
  );
  await until('the subscription is heard', () => told.length > 0);
  const took: number[] = [];
  const path = `/apis/kubevirt.io/v1/namespaces/${namespace}/virtualmachines/bench`;
  for (let change = 0; change < CHANGES; change += 1) {
    const value = `v${change}`;
    const from = performance.now();
    const write = admin.call('PATCH', path, { metadata: { labels: { bench: value } } }, MERGE);
    while (!JSON.stringify(told.at(-1)).includes(`"${value}"`))
      await new Promise((done) => setImmediate(done));
    took.push(performance.now() - from);
    await write;
  }
  took.sort((a, b) => a - b);
  const at = (part: number) => (took[Math.ceil(took.length * part) - 1] ?? Number.NaN).toFixed(1);
  console.log(
    `cluster change to GraphQL subscriber, ${CHANGES} changes: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
  );
}

async function startBare(namespace: string): Promise<{ child: ChildProcess; url: string }> {
  const kubeconfig = parse(readFileSync(virtgate.kubeconfig, 'utf8'));
  const { cluster } = kubeconfig.clusters[0];
  const told = {
    server: cluster.server,
    ca: Buffer.from(cluster['certificate-authority-data'], 'base64').toString(),
    token: kubeconfig.users[0].user.token,
    base: `/apis/subresources.kubevirt.io/v1/namespaces/${namespace}/virtualmachineinstances/bench`,
  };
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'bare-relay.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, BARE_CLUSTER: JSON.stringify(told) },
  });
  for await (const url of createInterface({ input: child.stdout })) return { child, url };
  throw new Error('the bare relay does not start');
}

function list(rates: number[]): string {
  return rates.map((rate) => (rate / MIB).toPrecision(3)).join(', ');
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
