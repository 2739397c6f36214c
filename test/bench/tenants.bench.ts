import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import pLimit from 'p-limit';
import pg from 'pg';
import { namespaceManifest, roleBindingManifests } from '../../src/features/access/data/project-manifests.js';
import { embeddedDatabaseUrl } from '../../src/platform/embedded-postgres/embedded-postgres.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';
import { Cluster } from './cluster-writes.js';
import { keep } from './results.js';

/**
 * The same questions of the same tenant, with its 10 projects, to an installation that has no other and to one that has
 * 1,000 such tenants: both run side by side and are asked in turn, so that what slows this machine slows both. The
 * figures to quote are the ratios: 1.00 is flat.
 */
const TENANTS = Number(process.env.BENCH_TENANTS ?? 1_000);
const PROJECTS = 10;
const MACHINES = 20;
const SECONDS = Number(process.env.BENCH_TENANTS_SECONDS ?? 3);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const CONNECTIONS = 10;
/** Of the one who has a role in many single projects. */
const MANY = 500;

interface Side {
  virtgate: Virtgate;
  admin: string;
  many: string;
}

const env = {
  SANDBOX_DRIVER: 'simulated',
  LOG_LEVEL: 'warn',
  RATE_LIMIT_PLATFORM: '0',
  RATE_LIMIT_PRINCIPAL: '0',
  RATE_LIMIT_TENANT: '0',
};
const started: Virtgate[] = [];
try {
  const few = await side(1);
  const lots = await side(TENANTS);
  const questions = [
    { what: 'GET /projects', path: '/api/v1/projects?limit=50' },
    { what: 'GET /projects/{p} (the guard)', path: '/api/v1/projects/t0-p0' },
    { what: 'GET /projects/{p}/vms', path: '/api/v1/projects/t0-p0/vms?limit=50' },
    { what: 'GET /me', path: '/api/v1/me' },
    { what: 'GraphQL projects', query: '{ projects(first: 50) { totalCount nodes { name state } } }' },
    {
      what: 'GraphQL virtualMachines',
      query: '{ project(name: "t0-p0") { virtualMachines(first: 50) { nodes { name state } } } }',
    },
    {
      what: 'GraphQL me',
      query: '{ me { principal { name } bindings { role } permissions { projects { project } } } }',
    },
  ];
  const rows: Record<string, Json> = {};
  for (const question of questions) {
    const row = await compare(few, lots, question);
    rows[question.what] = row;
    keep({
      what: `${question.what}, ${TENANTS} tenants`,
      virtgate: `${row['requests/s']} requests/s, p99 ms (and alone) ${row['p99 ms']}`,
      beside: 'one tenant alone',
      ratio: row['x one tenant'],
    });
  }
  console.log(`\none tenant of ${TENANTS} beside one alone, ${CONNECTIONS} connections, median of ${ROUNDS}`);
  console.table(rows);

  const me = { what: '', path: '/api/v1/me' };
  const own = await fire(lots.virtgate, lots.many, me);
  console.log(`GET /me of who has a role in ${MANY} single projects: ${text(own)}`);
  const all = await fire(lots.virtgate, lots.virtgate.token, { what: '', path: '/api/v1/projects?limit=50' });
  console.log(`GET /projects of the platform's admin, who sees all: ${text(all)}`);
  const sides = [few, lots].map(({ virtgate }) => virtgate);
  const starts: Json[] = [];
  for (const virtgate of sides) starts.push(await startOf(virtgate));
  // CPU seconds are each process' own: both minutes at once.
  const minutes = await Promise.all(sides.map(firstMinuteOf));
  const [alone, among] = starts.map((start, index) => ({ ...start, ...minutes[index] }));
  console.table({ 'one tenant': alone, [`${TENANTS} tenants`]: among });
  for (const [what, figure] of Object.entries(among ?? {})) {
    const one = alone?.[what];
    keep({
      what: `${what}, ${TENANTS} tenants`,
      virtgate: String(figure),
      beside: `one tenant alone: ${one}`,
      ratio: (Number(figure) / Number(one)).toFixed(2),
    });
  }
} finally {
  for (const virtgate of started) await virtgate.stop();
}

async function compare(few: Side, lots: Side, question: Question): Promise<Json> {
  const sides = [few, lots];
  const rounds: { rps: number; p50: number; p99: number }[][] = [[], []];
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [index, { virtgate, admin }] of sides.entries()) {
      const result = await fire(virtgate, admin, question);
      // The first warms up.
      if (round > 0) rounds[index]?.push(result);
    }
  }
  const [one, many] = rounds.map((of) => ({
    rps: median(of.map(({ rps }) => rps)),
    p50: median(of.map(({ p50 }) => p50)),
    p99: median(of.map(({ p99 }) => p99)),
  })) as [Figures, Figures];
  return {
    'requests/s': Math.round(many.rps),
    'x one tenant': (many.rps / one.rps).toFixed(2),
    'p50 ms': `${many.p50} (${one.p50})`,
    'p99 ms': `${many.p99} (${one.p99})`,
  };
}

interface Figures {
  rps: number;
  p50: number;
  p99: number;
}
interface Question {
  what: string;
  path?: string;
  query?: string;
}

async function fire(virtgate: Virtgate, token: string, { what, path, query }: Question): Promise<Figures> {
  const result = await autocannon({
    url: `${virtgate.url}${path ?? '/graphql'}`,
    method: query ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(query ? { body: JSON.stringify({ query }) } : {}),
    connections: CONNECTIONS,
    duration: SECONDS,
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${what}: ${result.non2xx} refusals, ${result.errors} errors`);
  return { rps: result.requests.average, p50: result.latency.p50, p99: result.latency.p99 };
}

function text({ rps, p50, p99 }: Figures): string {
  return `${Math.round(rps)} requests/s, p50 ${p50} ms, p99 ${p99} ms`;
}

/** What it costs to have them: a start, and memory. */
async function startOf(virtgate: Virtgate): Promise<Json> {
  const before = performance.now();
  await virtgate.killAndAwaitRestart('gateway');
  return {
    'gateway killed to ready, s': ((performance.now() - before) / 1000).toFixed(1),
    'gateway MiB': Math.round(Number(memoryKib(virtgate.pid('gateway'))) / 1024),
  };
}

/** A leader's first minute, in which it looks at all. */
async function firstMinuteOf(virtgate: Virtgate): Promise<Json> {
  await virtgate.killAndAwaitRestart('worker');
  await sleep(60_000);
  return { "worker CPU of a leader's first minute, s": cpuSeconds(virtgate.pid('worker')).toFixed(1) };
}

function memoryKib(pid: number): string | undefined {
  return /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}

function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** An installation with so many tenants; who asks is the admin of the first. */
async function side(tenants: number): Promise<Side> {
  const virtgate = await Virtgate.start({ env });
  started.push(virtgate);
  console.log(`making ${tenants} tenants with ${PROJECTS} projects each ...`);
  const projects = await seed(virtgate, tenants);
  const token = async (name: string, bindings: Json[]): Promise<string> => {
    const path = '/tenants/t0/service-accounts';
    await virtgate.rest('POST', path, { name, bindings: bindings.slice(0, 10) });
    const { body } = await virtgate.rest('POST', `${path}/${name}/tokens`, { name, expiresIn: '12h' });
    return body.token;
  };
  const admin = await token('admin', [{ role: 'admin' }]);
  const many = await token('many', []);
  await bindMany(virtgate, projects.slice(0, MANY));
  return { virtgate, admin, many };
}

/** Rows as commands write them, and in the cluster what the reconciler would make of them. */
async function seed(virtgate: Virtgate, tenants: number): Promise<Project[]> {
  const cluster = new Cluster(virtgate.kubeconfig);
  const slot = pLimit(16);
  const projects: Project[] = [];
  for (let index = 0; index < tenants; index += 1) {
    for (let of = 0; of < PROJECTS; of += 1) {
      const name = `t${index}-p${of}`;
      projects.push({
        id: randomUUID(),
        tenantId: `tenant-${index}`,
        tenant: `t${index}`,
        name,
        namespace: `vg-${name}`,
        labels: {},
      });
    }
  }
  try {
    await Promise.all(
      projects.map((project) =>
        slot(async () => {
          await cluster.create('/api/v1/namespaces', namespaceManifest(project));
          const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${project.namespace}/rolebindings`;
          for (const binding of roleBindingManifests(project)) await cluster.create(path, binding);
        }),
      ),
    );
    const [first] = projects as [Project];
    for (let index = 0; index < MACHINES; index += 1) {
      await cluster.create(`/apis/kubevirt.io/v1/namespaces/${first.namespace}/virtualmachines`, {
        apiVersion: 'kubevirt.io/v1',
        kind: 'VirtualMachine',
        metadata: { name: `vm-${index}`, namespace: first.namespace },
        spec: {
          runStrategy: 'Halted',
          template: { spec: { domain: { cpu: { cores: 2 }, memory: { guest: '2Gi' }, devices: {} } } },
        },
      });
    }
  } finally {
    cluster.close();
  }
  await inDatabase(virtgate, async (client) => {
    await client.query(
      `INSERT INTO tenant (id, name) SELECT 'tenant-' || i, 't' || i FROM generate_series(0, $1 - 1) i`,
      [tenants],
    );
    await client.query(
      `INSERT INTO project (id, tenant_id, name, namespace, state)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], array_fill('Active'::text, ARRAY[$5::int]))`,
      [
        projects.map(({ id }) => id),
        projects.map(({ tenantId }) => tenantId),
        projects.map(({ name }) => name),
        projects.map(({ namespace }) => namespace),
        projects.length,
      ],
    );
    await client.query(`NOTIFY access, 'tenant/all'`);
  });
  await until('the machines are seen', async () => {
    const { body } = await virtgate.rest('GET', '/projects/t0-p0/vms?limit=1');
    return body.total === MACHINES;
  });
  return projects;
}

async function bindMany(virtgate: Virtgate, projects: Project[]): Promise<void> {
  await inDatabase(virtgate, async (client) => {
    await client.query(
      `INSERT INTO role_binding (id, service_account_id, role, project_id)
       SELECT gen_random_uuid()::text, (SELECT id FROM service_account WHERE name = 'many'), 'viewer', p
       FROM unnest($1::text[]) p`,
      [projects.map(({ id }) => id)],
    );
    await client.query(`NOTIFY access, 'role/viewer'`);
  });
}

async function inDatabase(virtgate: Virtgate, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const url = embeddedDatabaseUrl(join(virtgate.dataDirectory, 'postgres')) as string;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

interface Project {
  id: string;
  tenantId: string;
  tenant: string;
  name: string;
  namespace: string;
  labels: Record<string, string>;
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
