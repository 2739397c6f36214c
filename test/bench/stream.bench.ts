import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import { ClusterAdmin } from '../support/cluster-admin.js';
import { type Json, Virtgate } from '../support/virtgate.js';

/**
 * A sparse disk downloaded through virtgate, and the same bytes from the same export server through a bare Node
 * proxy, in turn in one run: the figures to quote are the ratio, and how much the gateway's memory grew meanwhile.
 */
const GIB = Number(process.env.BENCH_STREAM_GIB ?? 4);
const ROUNDS = Number(process.env.BENCH_STREAM_ROUNDS ?? 2);
const MIB = 1024 * 1024;

const virtgate = await Virtgate.start({
  env: { SANDBOX_DRIVER: 'simulated', LOG_LEVEL: 'warn', RATE_LIMIT_PLATFORM: '0' },
});
const admin = ClusterAdmin.of(virtgate.kubeconfig);
let bare: ChildProcess | null = null;
try {
  await done('/projects/demo/vms', {
    name: 'big',
    cpus: 1,
    memory: '128Mi',
    bootDisk: { blank: true, size: `${GIB}Gi` },
    start: false,
  });
  await done('/projects/demo/exports', { name: 'out', source: { disk: 'big-root' }, ttl: '2h' });
  const { volumes } = (await virtgate.rest('GET', '/projects/demo/exports/out')).body;
  const ours = `${virtgate.url}/api/v1/projects/demo/exports/out/volumes/${volumes[0].name}?format=raw`;
  const started = await startBare();
  bare = started.child;

  const gateway = virtgate.pid('gateway');
  const rates: Record<'bare' | 'virtgate', number[]> = { bare: [], virtgate: [] };
  let growth = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    rates.bare.push(await rate(started.url));
    const before = residentBytes(gateway);
    let peak = before;
    const timer = setInterval(() => {
      peak = Math.max(peak, residentBytes(gateway));
    }, 50);
    rates.virtgate.push(await rate(ours, { authorization: `Bearer ${virtgate.token}` }));
    clearInterval(timer);
    growth = Math.max(growth, peak - before);
  }
  const best = { bare: Math.max(...rates.bare), virtgate: Math.max(...rates.virtgate) };
  const show = (bytes: number) => `${Math.round(bytes / MIB)} MiB/s`;
  console.log(`download of ${GIB} GiB, best of ${ROUNDS}:`);
  console.log(`  bare Node proxy  ${show(best.bare)}`);
  console.log(`  virtgate         ${show(best.virtgate)}  ratio ${(best.virtgate / best.bare).toFixed(2)}`);
  console.log(`  gateway's resident memory grew by ${(growth / MIB).toFixed(1)} MiB at most`);
} finally {
  bare?.kill();
  admin.close();
  await virtgate.stop();
}

async function done(path: string, body: Json): Promise<void> {
  const answer = await virtgate.rest('POST', path, body);
  if (answer.status !== 202) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  const { state, error } = await virtgate.settled(answer.body);
  if (state !== 'SUCCEEDED') throw new Error(`${path}: ${state} ${JSON.stringify(error)}`);
}

async function startBare(): Promise<{ child: ChildProcess; url: string }> {
  const { items } = await admin.call('GET', '/apis/export.kubevirt.io/v1beta1/virtualmachineexports');
  const [{ metadata, spec, status }] = items;
  const { data } = await admin.call(
    'GET',
    `/api/v1/namespaces/${metadata.namespace}/secrets/${spec.tokenSecretRef}`,
  );
  const { cert, volumes } = status.links.internal ?? status.links.external;
  const { url } = volumes[0].formats.find(({ format }: Json) => format === 'raw');
  const target = JSON.stringify({ url, cert, token: Buffer.from(data.token, 'base64').toString() });
  const child = spawn(process.execPath, ['--import', 'tsx', `${import.meta.dirname}/bare-proxy.ts`], {
    env: { ...process.env, BARE_TARGET: target },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) return { child, url: line };
  throw new Error('The bare proxy did not start.');
}

/** Bytes a second; fails unless all of them came. */
function rate(url: string, headers: Record<string, string> = {}): Promise<number> {
  const began = performance.now();
  let bytes = 0;
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (response) => {
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200 && bytes === GIB * 1024 * MIB) {
          resolve((bytes * 1000) / (performance.now() - began));
        } else reject(new Error(`${response.statusCode}, ${bytes} bytes`));
      });
    }).on('error', reject);
  });
}

function residentBytes(pid: number): number {
  const [, kib = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}
