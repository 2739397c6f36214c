import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Census } from '../support/census.js';
import { ClusterAdmin } from '../support/cluster-admin.js';
import { ImageServer } from '../support/image-server.js';
import { SUBJECTS } from '../support/killed-data.js';
import { databaseOf, isAlive } from '../support/killed-process.js';
import { type Bench, IMAGE, makeSources, type Subject, sweep, type Work } from '../support/killed-work.js';
import { type HoldPoint, StepHolds } from '../support/step-holds.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

const ROLES = ['gateway', 'worker', 'sandbox'] as const;
type Role = (typeof ROLES)[number];

interface Target {
  subject: Subject;
  step: string;
}

interface Row {
  kind: string;
  step: string;
  killed: string;
  /** The step was still under way, by the database, after the process was dead. */
  inStep: boolean;
  ended: string;
}

const stepsOf = ({ steps, kind }: Subject): readonly string[] => steps ?? kind.steps;
const LONGEST = Math.max(...SUBJECTS.map((subject) => stepsOf(subject).length));
/** The steps of one place in all kinds that have as many. */
const targetsAt = (place: number): Target[] =>
  SUBJECTS.flatMap((subject) => {
    const step = stepsOf(subject)[place];
    return step === undefined ? [] : [{ subject, step }];
  });

/** In the middle of every kind; of an upload while its bytes come. */
const AMID = SUBJECTS.map((subject) => ({
  subject,
  step: subject.waits.includes('receive') ? 'receive' : (stepsOf(subject)[1] as string),
}));

/** Half a minute of standing still is for the whole matrix; its parts are proven beside their sources. */
const inWhole = process.env.KILLS === 'whole' ? it : it.skip;

/** Every kind in every step, and every kind with every process; with KILLS=whole, every step with every process. */
const ORDER: readonly Role[] = ['worker', 'sandbox', 'gateway'];
const WAVES: { role: Role; place: number }[] = Array.from({ length: LONGEST }, (_, place) =>
  process.env.KILLS === 'whole'
    ? ORDER.map((role) => ({ role, place }))
    : [{ role: ORDER[place % ORDER.length] as Role, place }],
).flat();

/** The whole product with simulated guests: disks are real files all the same. */
describe('kill -9 in the middle', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'virtgate-kills-'));
  const dataDirectory = join(scratch, 'data');
  const table: Row[] = [];
  let images: ImageServer;
  let bench: Bench;
  let census: Census;
  let wave = 0;

  const start = () =>
    Virtgate.start({
      dataDirectory,
      env: { IMPORT_ALLOWED_HOSTS: images.host, SANDBOX_DRIVER: 'simulated' },
    });

  beforeAll(async () => {
    mkdirSync(dataDirectory);
    writeFileSync(join(scratch, 'image.img'), IMAGE);
    images = await ImageServer.start(join(scratch, 'image.img'));
    const virtgate = await start();
    const database = () => databaseOf(bench.virtgate);
    bench = {
      virtgate,
      admin: ClusterAdmin.of(virtgate.kubeconfig),
      holds: new StepHolds(database),
      origin: images.origin,
    };
    census = new Census(bench.admin, dataDirectory, database);
    await bench.holds.install();
    await makeSources(bench);
    await census.settles();
  }, 240_000);

  afterAll(async () => {
    process.stdout.write(`${tableText(table)}\n`);
    bench?.admin.close();
    await bench?.holds.close();
    await bench?.virtgate.stop();
    await images?.stop();
    rmSync(scratch, { recursive: true, force: true });
  }, 60_000);

  it.each(WAVES)(
    'of the $role, step $place of everything',
    async ({ role, place }) => {
      await runWave(role, targetsAt(place), () => killRole(role));
    },
    240_000,
  );

  it('of Postgres, amid everything', async () => {
    await runWave('postgres', AMID, killPostgres);
  }, 240_000);

  it('of the supervisor, amid everything; it is started again', async () => {
    await runWave('supervisor', AMID, killSupervisor);
  }, 240_000);

  inWhole(
    'not of a worker that stands still for long: another goes on, and nothing is done twice with harm',
    async () => {
      const second = await startSecondWorker();
      try {
        await runWave('stopped', targetsAt(1), async () => stopWorker(second));
      } finally {
        second.kill('SIGKILL');
      }
    },
    240_000,
  );

  /** All targets are brought into their steps, something is killed, all go on. */
  async function runWave(
    killed: string,
    targets: Target[],
    kill: () => Promise<() => Promise<void>>,
  ): Promise<void> {
    wave += 1;
    const { holds } = bench;
    const named = targets.map((target, index) => ({
      ...target,
      name: `w${wave}-${index}-${target.subject.kind.kind.replace('.', '-')}`,
      point: pointOf(target, index, killed),
    }));
    await Promise.all(named.map(({ subject, name, step }) => subject.prepare?.(bench, name, step)));
    const works = await beginAll(named);
    // One after another: for an upload the gateway has to go.
    for (const work of works) if (work.step === 'clean-up') await giveUp(work);
    await Promise.all(works.map((work) => holds.reached(work)));
    const back = await kill();
    const inStep = await Promise.all(works.map(({ operation, step }) => holds.isRunning(operation, step)));
    await holds.releaseAll();
    const goingOn = works.map((work) => work.goOn?.());
    await Promise.all([back(), ...goingOn]);
    await Promise.all(works.map((work, index) => ends(work, killed, inStep[index] ?? false)));
    await census.settles();
    await sweep(bench);
    await census.settles();
  }

  /** Some workers are killed while they wait for an answer; a few, for each takes a place in the queue. */
  function pointOf({ subject, step }: Target, index: number, killed: string): HoldPoint {
    if (subject.waits.includes(step)) return 'leave';
    // A database that is killed has forgotten who waits.
    if (!ROLES.some((role) => role === killed)) return 'refuse';
    return (index + wave) % 3 === 0 ? 'answer' : 'refuse';
  }

  type Begun = Target & Work & { point: HoldPoint };

  async function beginAll(named: (Target & { name: string; point: HoldPoint })[]): Promise<Begun[]> {
    const { virtgate, holds } = bench;
    const worker = virtgate.pid('worker');
    process.kill(worker, 'SIGSTOP');
    try {
      return await Promise.all(
        named.map(async ({ subject, step, name, point }) => {
          const work = await subject.begin(bench, name, step);
          const { operation } = work;
          if (step === 'clean-up') await holds.hold({ operation, step: subject.givenUpIn, point: 'leave' });
          await holds.hold({ operation, step, point });
          return { subject, step, point, ...work };
        }),
      );
    } finally {
      process.kill(worker, 'SIGCONT');
    }
  }

  async function giveUp({ subject, ...work }: Begun): Promise<void> {
    const { holds } = bench;
    const { operation } = work;
    await holds.reached({ operation, step: subject.givenUpIn, point: 'leave' });
    await subject.giveUp(bench, work);
    await holds.release(operation, subject.givenUpIn);
  }

  async function ends(work: Begun, killed: string, inStep: boolean): Promise<void> {
    const { subject, step, operation } = work;
    const { kind } = subject.kind;
    const settled = await bench.virtgate.settled({ id: operation, kind }).catch(async (error: Error) => {
      throw new Error(`${error.message}\n${await machineryOf(operation)}`, { cause: error });
    });
    const ended = [settled.state, settled.error?.code].filter(Boolean).join(' ');
    table.push({ kind, step, killed, inStep, ended });
    assertEnd(work, settled);
    if (settled.state === 'SUCCEEDED') await work.check?.();
  }

  /** What nobody is shown of an operation: for the reader of a failure. */
  async function machineryOf(operation: string): Promise<string> {
    const { rows: operations } = await bench.holds.query(
      'SELECT queued, asked, next_check_at, version FROM operation WHERE id = $1',
      [operation],
    );
    const { rows: jobs } = await bench.holds.query(
      'SELECT id, state, attempts_made, process_at_ms, locked_until_ms FROM bullmq.job WHERE id LIKE $1',
      [`${operation}%`],
    );
    return JSON.stringify({ now: new Date(), operations, jobs });
  }

  /** Beside the one that the supervisor has. */
  async function startSecondWorker(): Promise<ChildProcess> {
    const pid = bench.virtgate.pid('worker');
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    const env = Object.fromEntries(
      environment.filter(Boolean).map((line) => line.split(/=(.*)/s).slice(0, 2)),
    );
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
    const second = spawn(args[0] as string, args.slice(1), { env, stdio: ['ignore', 'pipe', 'ignore'] });
    await new Promise<void>((runs) => {
      second.stdout?.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('worker runs')) runs();
      });
    });
    return second;
  }

  /** The leading one of two. It goes on when the other has settled everything. */
  async function stopWorker(second: ChildProcess): Promise<() => Promise<void>> {
    const pid = bench.virtgate.pid('worker');
    process.kill(pid, 'SIGSTOP');
    const stopped = Date.now();
    return async () => {
      try {
        await until(
          'the other worker settles everything',
          async () => {
            const { rows } = await bench.holds.query(
              'SELECT count(*)::int AS n FROM operation WHERE finished_at IS NULL',
            );
            // Long enough to have lost what it held.
            return rows[0].n === 0 && Date.now() - stopped > 30_000;
          },
          150_000,
        );
        expect(second.exitCode).toBeNull();
      } finally {
        process.kill(pid, 'SIGCONT');
      }
    };
  }

  /** Returns when it is there again: what an operation was in, it is in still. */
  async function killPostgres(): Promise<() => Promise<void>> {
    const { virtgate } = bench;
    const before = virtgate.pid('postgres');
    process.kill(before, 'SIGKILL');
    await until('postgres is another process', () => virtgate.pid('postgres') !== before);
    return () => virtgate.ready();
  }

  /** Its children end with it; then somebody starts it again. */
  async function killSupervisor(): Promise<() => Promise<void>> {
    const { virtgate } = bench;
    const children = ROLES.map((role) => virtgate.pid(role));
    process.kill(Number(readFileSync(join(dataDirectory, 'run', 'up.pid'), 'utf8')), 'SIGKILL');
    await until('its children are gone', () => children.every((pid) => !isAlive(pid)));
    bench.virtgate = await start();
    return async () => {};
  }

  /** Answers how to wait for what was killed. */
  async function killRole(role: Role): Promise<() => Promise<void>> {
    const { virtgate } = bench;
    const before = virtgate.pid(role);
    process.kill(before, 'SIGKILL');
    return async () => {
      await until(`${role} restarted`, () => virtgate.pid(role) !== before && virtgate.pid(role) > 0);
      await virtgate.ready();
    };
  }
});

function assertEnd({ subject, step }: Target, { state, error }: Json): void {
  const where = `${subject.kind.kind} at ${step}`;
  if (step === 'clean-up') {
    expect([where, state]).toEqual([where, subject.mayFail ? 'FAILED' : 'CANCELLED']);
  } else if (!subject.mayFail) {
    expect([where, state, error]).toEqual([where, 'SUCCEEDED', null]);
  } else expect(['SUCCEEDED', 'FAILED']).toContain(state);
  if (state === 'FAILED') {
    expect(error).toEqual({
      code: expect.stringMatching(/^[a-z_]+\.[a-z_]+$/),
      message: expect.stringMatching(/\w/),
      hint: expect.anything(),
    });
  }
}

function tableText(rows: readonly Row[]): string {
  const lines = rows.map(({ kind, step, killed, inStep, ended }) =>
    [
      kind.padEnd(20),
      step.padEnd(16),
      killed.padEnd(10),
      (inStep ? 'in the step' : 'around it').padEnd(12),
      ended,
    ].join(' '),
  );
  return ['', 'kind                 step             killed     hit          ended', ...lines].join('\n');
}
