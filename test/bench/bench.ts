import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import autocannon from 'autocannon';
import { parse } from 'yaml';
import { type Json, until, Virtgate } from '../support/virtgate.js';
import { keep } from './results.js';

/**
 * Lists 50 of 1,000 virtual machines: virtgate over GraphQL and REST, with rights checked, beside a bare
 * Apollo Server that answers the same bytes from memory. All in one run, in turn, so that a machine that is
 * slow for a while is slow for all; the figures to quote are the ratios.
 */
const MACHINES = Number(process.env.BENCH_MACHINES ?? 1_000);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 5);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const CONNECTIONS = 20;

const query = `query List($project: String!, $first: Int!) {
  project(name: $project) {
    virtualMachines(first: $first) {
      totalCount
      pageInfo { hasNextPage endCursor }
      edges { cursor node { id name displayName state ready cpus memory instanceType node createdAt } }
    }
  }
}`;
const variables = { project: 'demo', first: 50 };

const bareSchema = `
  type Query { project(name: String!): Project }
  type Project { virtualMachines(first: Int!): Connection! }
  type Connection { totalCount: Int! pageInfo: PageInfo! edges: [Edge!]! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Edge { cursor: String! node: VirtualMachine! }
  type VirtualMachine { id: ID! name: String! displayName: String state: String! ready: Boolean! cpus: Int memory: String instanceType: String node: String createdAt: String! }
`;

interface Contender {
  name: string;
  url: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
}

const scratch = mkdtempSync(join(tmpdir(), 'virtgate-bench-'));
const virtgate = await Virtgate.start({
  env: {
    SANDBOX_DRIVER: 'simulated',
    LOG_LEVEL: 'warn',
    RATE_LIMIT_PLATFORM: '0',
  },
});
const children: ChildProcess[] = [];
try {
  console.log(`making ${MACHINES} virtual machines ...`);
  await makeMachines();
  const { project } = await virtgate.graphql(query, variables);
  const data = join(scratch, 'project.json');
  writeFileSync(data, JSON.stringify({ sdl: bareSchema, project }));
  const bareUrl = await startBare(data);

  const auth = { authorization: `Bearer ${virtgate.token}` };
  const graphqlBody = JSON.stringify({ query, variables });
  const json = { 'content-type': 'application/json' };
  const contenders: Contender[] = [
    {
      name: 'bare Apollo Server 5, from memory',
      url: bareUrl,
      method: 'POST',
      headers: json,
      body: graphqlBody,
    },
    {
      name: 'virtgate GraphQL, rights checked',
      url: `${virtgate.url}/graphql`,
      method: 'POST',
      headers: { ...json, ...auth },
      body: graphqlBody,
    },
    {
      name: 'virtgate REST, rights checked',
      url: `${virtgate.url}/api/v1/projects/demo/vms?limit=50`,
      method: 'GET',
      headers: auth,
    },
  ];
  await sameBytes(contenders[0] as Contender, contenders[1] as Contender);

  const figures = new Map<string, { rps: number; p99: number }[]>(contenders.map(({ name }) => [name, []]));
  for (const contender of contenders) await fire(contender, 2);
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const contender of contenders) {
      const result = await fire(contender, SECONDS);
      if (result.non2xx > 0 || result.errors > 0)
        throw new Error(`${contender.name}: ${result.non2xx} refusals, ${result.errors} errors`);
      figures.get(contender.name)?.push({ rps: result.requests.average, p99: result.latency.p99 });
    }
  }

  const baseline = median((figures.get(contenders[0]?.name ?? '') ?? []).map(({ rps }) => rps));
  console.log(
    `\nlist 50 of ${MACHINES} virtual machines, ${CONNECTIONS} connections, median of ${ROUNDS} rounds of ${SECONDS} s`,
  );
  const rows = contenders.map(({ name }) => {
    const rounds = figures.get(name) ?? [];
    const rps = median(rounds.map((round) => round.rps));
    return {
      what: name,
      'requests/s': Math.round(rps),
      'p99 ms': median(rounds.map((round) => round.p99)),
      'x bare Apollo': (rps / baseline).toFixed(2),
    };
  });
  console.table(rows);
  const [bare, ...ours] = rows;
  keep(
    ...ours.map((row) => ({
      what: `list 50 of ${MACHINES} machines: ${row.what}`,
      virtgate: `${row['requests/s']} requests/s, p99 ${row['p99 ms']} ms`,
      beside: `bare Apollo: ${bare?.['requests/s']} requests/s`,
      ratio: row['x bare Apollo'],
    })),
  );
} finally {
  for (const child of children) child.kill();
  await virtgate.stop();
  rmSync(scratch, { recursive: true, force: true });
}

function fire(contender: Contender, seconds: number): Promise<autocannon.Result> {
  const { url, method, headers, body } = contender;
  return autocannon({ url, method, headers, body, connections: CONNECTIONS, duration: seconds });
}

async function sameBytes(a: Contender, b: Contender): Promise<void> {
  const [one, other] = await Promise.all(
    [a, b].map(
      async ({ url, method, headers, body }) =>
        ((await (await fetch(url, { method, headers, body })).json()) as Json).data,
    ),
  );
  if (JSON.stringify(one) !== JSON.stringify(other)) throw new Error('The two do not answer the same.');
}

async function startBare(data: string): Promise<string> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'bare-apollo.ts'), data],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_ENV: 'production' },
    },
  );
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('ready ')) return line.slice(6);
  }
  throw new Error('the bare Apollo Server does not start');
}

/** Straight into the sandbox, as a cluster administrator would: a thousand operations are not what is measured. */
async function makeMachines(): Promise<void> {
  const kubeconfig = parse(readFileSync(virtgate.kubeconfig, 'utf8'));
  const { cluster } = kubeconfig.clusters[0];
  const { user } = kubeconfig.users[0];
  const certificate = (name: string, holder: Json) =>
    holder[`${name}-data`]
      ? Buffer.from(holder[`${name}-data`], 'base64')
      : holder[name]
        ? readFileSync(holder[name])
        : undefined;
  const agent = new HttpsAgent({
    ca: certificate('certificate-authority', cluster),
    cert: certificate('client-certificate', user),
    key: certificate('client-key', user),
    keepAlive: true,
    maxSockets: 8,
  });
  const call = (method: string, path: string, body?: unknown): Promise<Json> =>
    new Promise((resolve, reject) => {
      const request = httpsRequest(
        cluster.server + path,
        {
          method,
          agent,
          headers: {
            'content-type': 'application/json',
            ...(user.token ? { authorization: `Bearer ${user.token}` } : {}),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            if ((response.statusCode ?? 500) < 300) resolve(JSON.parse(text));
            else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
          });
        },
      );
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });

  const { items } = await call('GET', '/api/v1/namespaces?labelSelector=virtgate.io/project=demo');
  const namespace = items[0].metadata.name;
  const names = Array.from({ length: MACHINES }, (_, index) => `vm-${String(index).padStart(5, '0')}`);
  const next = names[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (const name of next) {
        await call('POST', `/apis/kubevirt.io/v1/namespaces/${namespace}/virtualmachines`, {
          apiVersion: 'kubevirt.io/v1',
          kind: 'VirtualMachine',
          metadata: { name, namespace, labels: { tier: 'web' } },
          spec: {
            runStrategy: 'Halted',
            template: { spec: { domain: { cpu: { cores: 2 }, memory: { guest: '2Gi' }, devices: {} } } },
          },
        });
      }
    }),
  );
  agent.destroy();
  await until(
    'all machines are seen',
    async () => (await virtgate.rest('GET', '/projects/demo/vms?limit=1')).body.total === MACHINES,
  );
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
