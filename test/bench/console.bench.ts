import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { parse } from 'yaml';
import { ClusterAdmin } from '../support/cluster-admin.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';
import { keep } from './results.js';

/**
 * The same bytes through virtgate's consoles and through a bare websocket relay to the same subresources, in turn in one
 * run: the figures to quote are the ratios, and the CPU that each relay takes, because the guest and the reader of these
 * bytes are here too and may be what is slow. The clock runs from when the guest has answered once: how a console is opened
 * is not in it. Then how long a change in the cluster takes to a GraphQL subscriber, the write of it included.
 * The guest is simulated: a port that echoes, a screen that paints a whole picture each time, a shell that echoes character by character.
 */
const MIB = 1024 * 1024;
const ROUNDS = Number(process.env.BENCH_CONSOLE_ROUNDS ?? 5);
const CHANGES = Number(process.env.BENCH_CHANGES ?? 200);
/** Changes that are not counted: the first ones compile what they meet. */
const WARM_UP_CHANGES = 20;
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

/** What makes the guest say something before it is measured, and how that ends. */
const GREETINGS: Record<Way, { say: string; answer: RegExp }> = {
  'port-forward': { say: 'hello', answer: /hello$/ },
  vnc: { say: '', answer: /^RFB 003\.008\n$/ },
  serial: { say: 'echo hello\r', answer: /\nhello\r\n[\s\S]*# $/ },
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
    const works: Record<Relay, number[]> = { bare: [], virtgate: [] };
    for (let round = 0; round <= ROUNDS; round += 1) {
      const order: Relay[] = round % 2 === 0 ? ['bare', 'virtgate'] : ['virtgate', 'bare'];
      for (const name of order) {
        const pid = name === 'bare' ? (relay.child.pid ?? 0) : virtgate.pid('gateway');
        const { rate, work } = await measure(way, await addresses[name](way), pid);
        // The first round warms both up.
        if (round === 0) continue;
        rates[name].push(rate);
        works[name].push(work);
      }
    }
    const [ours, theirs] = [median(rates.virtgate), median(rates.bare)];
    console.log(
      `${way}: ${(AMOUNTS[way] / MIB).toFixed(1)} MiB from the guest, ${ROUNDS} rounds in turn, MiB/s:`,
    );
    const text = (name: Relay) =>
      `${(median(rates[name]) / MIB).toPrecision(3)} MiB/s, CPU ${median(works[name]).toPrecision(2)} s`;
    for (const name of ['bare', 'virtgate'] as const)
      console.log(`  ${name.padEnd(8)}  median ${text(name)} (${list(rates[name])})`);
    console.log(`  ratio of the medians ${(ours / theirs).toFixed(2)}`);
    keep({
      what: `${way}, ${(AMOUNTS[way] / MIB).toFixed(1)} MiB from the guest`,
      virtgate: text('virtgate'),
      beside: `bare relay: ${text('bare')}`,
      ratio: (ours / theirs).toFixed(2),
    });
  }
  await changes(namespace);
} finally {
  bare?.kill();
  admin.close();
  await virtgate.stop();
}

/** Bytes a second that come from the guest, and the seconds of CPU of the process that passes them on. */
async function measure(way: Way, url: string, pid: number): Promise<{ rate: number; work: number }> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  let [resolve, reject] = [() => {}, (_error: Error) => {}];
  const whole = new Promise<void>((done, fail) => {
    [resolve, reject] = [done, fail];
  });
  // Also of one that nobody waits for any more.
  whole.catch(() => {});
  let heard = 0;
  let greeting = '';
  let greeted = () => {};
  const answered = new Promise<void>((done) => {
    greeted = done;
  });
  let measuring = false;
  socket.on('message', (data: Buffer) => {
    if (!measuring) {
      greeting += data.toString('latin1');
      if (GREETINGS[way].answer.test(greeting)) greeted();
      return;
    }
    heard += data.length;
    if (heard >= AMOUNTS[way]) resolve();
    else if (way === 'vnc') onScreen(socket, heard);
  });
  socket.once('error', (error) => reject(error));
  socket.once('close', (code, reason) => reject(new Error(`closed with ${code} ${reason}`)));
  await new Promise<void>((open) => socket.once('open', open));
  if (GREETINGS[way].say !== '') socket.send(GREETINGS[way].say);
  await Promise.race([answered, whole]);
  measuring = true;
  if (way === 'vnc') heard = greeting.length;
  const worked = workedSeconds(pid);
  const from = performance.now();
  if (way === 'port-forward') pour(socket, PIECE, AMOUNTS[way]);
  if (way === 'serial') pour(socket, Buffer.from(`echo ${'x'.repeat(1_000)}\r`), AMOUNTS[way]);
  if (way === 'vnc') socket.send('RFB 003.008\n');
  await whole;
  const seconds = (performance.now() - from) / 1000;
  const closed = new Promise((done) => socket.once('close', done));
  const work = workedSeconds(pid) - worked;
  socket.close();
  await closed;
  return { rate: heard / seconds, work };
}

/** Seconds of CPU that a process has used. In /proc, a second has 100 ticks on every Linux. */
function workedSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
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
  // Its own client, which looks at the clock when it is told: whoever asks again and again takes the CPU from the others.
  let listener: (text: string) => void = () => {};
  let heard = false;
  const client = createClient({
    url: `${virtgate.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${virtgate.token}` },
    retryAttempts: 0,
  });
  client.subscribe(
    {
      query: `subscription ($project: String!, $name: String!) {
        virtualMachineChanged(project: $project, name: $name) { labels } }`,
      variables: { project: 'demo', name: 'bench' },
    },
    {
      next: (result) => {
        heard = true;
        listener(JSON.stringify(result));
      },
      error: (error) => console.error('the subscription ended', error),
      complete: () => {},
    },
  );
  await until('the subscription is heard', () => heard);
  const took: number[] = [];
  const path = `/apis/kubevirt.io/v1/namespaces/${namespace}/virtualmachines/bench`;
  for (let change = -WARM_UP_CHANGES; change < CHANGES; change += 1) {
    const value = `v${change}`;
    const from = performance.now();
    const arrived = new Promise<number>((done) => {
      listener = (text) => text.includes(`"${value}"`) && done(performance.now());
    });
    await admin.call('PATCH', path, { metadata: { labels: { bench: value } } }, MERGE);
    const at = await arrived;
    if (change >= 0) took.push(at - from);
  }
  await client.dispose();
  took.sort((a, b) => a - b);
  const at = (part: number) => (took[Math.ceil(took.length * part) - 1] ?? Number.NaN).toFixed(1);
  console.log(
    `cluster change to GraphQL subscriber, ${CHANGES} changes: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
  );
  keep({
    what: 'cluster change to GraphQL subscriber',
    virtgate: `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
    beside: '',
    ratio: '',
  });
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
