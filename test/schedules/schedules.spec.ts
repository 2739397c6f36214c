import {
  CreateServiceAccount,
  DeleteServiceAccount,
} from '../../src/features/access/commands/service-account-commands.js';
import { OperationsContract } from '../../src/features/operations/operations.contract.js';
import { ChangeSchedule } from '../../src/features/schedules/commands/change-schedule.js';
import { CreateSchedule, type NewSchedule } from '../../src/features/schedules/commands/create-schedule.js';
import { DeleteSchedule } from '../../src/features/schedules/commands/delete-schedule.js';
import { RunStore } from '../../src/features/schedules/data/run-store.js';
import { ScheduleStore } from '../../src/features/schedules/data/schedule-store.js';
import type { Keep, Run } from '../../src/features/schedules/domain/schedule.js';
import { SchedulesModule } from '../../src/features/schedules/schedules.module.js';
import { ScheduleClock } from '../../src/features/schedules/worker/schedule-clock.js';
import { ScheduleRound } from '../../src/features/schedules/worker/schedule-round.js';
import { SnapshotsContract } from '../../src/features/snapshots/snapshots.contract.js';
import type { Principal } from '../../src/kernel/principal.js';
import { AccessPort } from '../../src/platform/access/access-port.js';
import { VIRTUAL_MACHINE } from '../../src/platform/cluster/kinds.js';
import { Database } from '../../src/platform/database/database.js';
import { House } from '../support/house.js';
import { machineManifest } from '../support/machine-manifest.js';
import { until } from '../support/virtgate.js';

const NONE: Keep = { last: null, daily: null, weekly: null, monthly: null };
const DAY_MS = 86_400_000;

/** The clock is the test's: rounds go when it says, at the time that it says. */
describe('snapshots on a timetable, by a clock that the test moves', () => {
  let house: House;

  /** From here on only the test's rounds. */
  const stopClock = () => house.get(ScheduleClock).stop();
  const caller = async () => ({ principal: await house.admin(), project: house.project });
  const create = async (more: Partial<NewSchedule>, principal?: Principal) =>
    house.get(CreateSchedule).execute(principal ? { principal, project: house.project } : await caller(), {
      name: 'nightly',
      cron: '30 3 * * *',
      timeZone: 'Europe/Berlin',
      keep: NONE,
      selector: { matchLabels: { tier: 'gold' } },
      suspended: false,
      ...more,
    });
  const remove = async (name: string) => house.get(DeleteSchedule).execute(await caller(), name, () => {});
  const present = async (name = 'nightly') => {
    const schedule = await house.get(ScheduleStore).byName(house.project.id, name);
    if (!schedule) throw new Error(`no schedule ${name}`);
    return schedule;
  };
  const lastRun = async (name = 'nightly'): Promise<Run> => {
    const { id } = await present(name);
    return (await house.get(RunStore).newest([id])).get(id) as Run;
  };
  const round = () => house.get(ScheduleRound).execute(() => true);
  const snapshots = (machine = 'web') =>
    house
      .get(SnapshotsContract)
      .of(house.project)
      .filter(({ virtualMachine }) => virtualMachine === machine);
  /** What a schedule has left of a machine, as days of the zone, oldest first. */
  const days = (prefix = 'nightly') =>
    snapshots()
      .filter(({ name }) => name.startsWith(prefix))
      .map(({ createdAt }) => new Date(createdAt).toLocaleDateString('sv-SE', { timeZone: 'Europe/Berlin' }))
      .sort();
  /** The schedule falls due, and its run goes to its end, removals and all. */
  const run = async (name = 'nightly'): Promise<Run> => {
    const { nextRunAt } = await present(name);
    house.clock.moveTo(nextRunAt as Date);
    await until(
      `the run of ${nextRunAt?.toISOString()} has ended`,
      async () => {
        await round();
        const last = await lastRun(name);
        return last?.scheduledFor.getTime() === nextRunAt?.getTime() && last.state !== 'RUNNING';
      },
      60_000,
    );
    const ended = await lastRun(name);
    const gone = new Set(ended.deletedSnapshots);
    await until('what it removed is gone', () => !snapshots().some((one) => gone.has(one.name)));
    return ended;
  };

  beforeAll(async () => {
    house = await House.start({ at: new Date('2026-10-22T12:00:00Z'), rooms: [SchedulesModule] });
    for (const [name, tier] of [
      ['web', 'gold'],
      ['toy', 'tin'],
    ] as const) {
      await house.cluster.create(VIRTUAL_MACHINE, house.project.namespace, machineManifest(name, { tier }));
    }
    await until('the machines and their disks are there', async () => {
      const seen = await house.cluster.get(VIRTUAL_MACHINE, house.project.namespace, 'toy');
      return seen.status?.printableStatus === 'Stopped';
    });
  }, 120_000);

  afterAll(async () => {
    await house?.stop();
  }, 60_000);

  it('need nobody to call them, and come once although everything was restarted meanwhile', async () => {
    await create({ name: 'alone' });
    house.clock.moveTo((await present('alone')).nextRunAt as Date);
    await until('the run has begun', async () => (await lastRun('alone')) !== undefined);
    const begun = await lastRun('alone');
    await house.close();
    await house.open();
    await until('it has ended', async () => (await lastRun('alone')).state !== 'RUNNING');
    expect(await lastRun('alone')).toMatchObject({ id: begun.id, state: 'SUCCEEDED', missedRuns: 0 });
    expect(days('alone')).toEqual(['2026-10-23']);
    await remove('alone');
    stopClock();
  }, 120_000);

  it('come at the hour of the wall clock, on the day when the clock is set back and after it', async () => {
    await create({ keep: { ...NONE, last: 2 } });
    const runs = [await run(), await run(), await run()];
    expect(runs.map(({ scheduledFor }) => scheduledFor.toISOString())).toEqual([
      '2026-10-24T01:30:00.000Z',
      '2026-10-25T02:30:00.000Z',
      '2026-10-26T02:30:00.000Z',
    ]);
    expect(runs.map(({ state, missedRuns }) => [state, missedRuns])).toEqual(
      Array.from({ length: 3 }, () => ['SUCCEEDED', 0]),
    );
    // Only the machine that the labels select, and of its snapshots the two newest.
    expect(runs[2]?.machines.map(({ virtualMachine }) => virtualMachine)).toEqual(['web']);
    expect(snapshots('toy')).toEqual([]);
    expect(days()).toEqual(['2026-10-25', '2026-10-26']);
    expect(runs[2]?.deletedSnapshots).toEqual([runs[0]?.machines[0]?.snapshot]);
  }, 120_000);

  it('are skipped, and say so, while the one before is still in progress', async () => {
    const due = (await present()).nextRunAt as Date;
    house.clock.moveTo(due);
    await round();
    expect((await lastRun()).state).toBe('RUNNING');
    house.clock.moveTo(new Date(due.getTime() + DAY_MS));
    await round();
    expect(await lastRun()).toMatchObject({
      state: 'SKIPPED',
      reason: `The run of ${due.toISOString()} was still in progress.`,
      machines: [],
    });
    await until('the one before has ended', async () => {
      await round();
      return (await house.get(RunStore).unfinished()).length === 0;
    });
  }, 120_000);

  it('are made up for once, after everything was down for days', async () => {
    await house.close();
    house.clock.moveTo(new Date('2026-11-02T12:00:00Z'));
    await house.open();
    stopClock();
    await until('the schedule has run', async () => {
      await round();
      return (await lastRun()).state === 'SUCCEEDED' && (await lastRun()).missedRuns > 0;
    });
    expect(await lastRun()).toMatchObject({
      scheduledFor: new Date('2026-11-02T02:30:00Z'),
      missedRuns: 4,
    });
    expect((await present()).nextRunAt).toEqual(new Date('2026-11-03T02:30:00Z'));
  }, 120_000);

  it('do not come while suspended, nor are made up for afterwards', async () => {
    const before = await lastRun();
    const change = async (suspended: boolean) =>
      house.get(ChangeSchedule).execute(await caller(), 'nightly', { keep: {}, suspended }, () => {});
    await change(true);
    house.clock.moveTo(new Date('2026-11-04T12:00:00Z'));
    await round();
    expect((await lastRun()).id).toBe(before.id);
    await change(false);
    await round();
    expect((await lastRun()).id).toBe(before.id);
    expect((await present()).nextRunAt).toEqual(new Date('2026-11-05T02:30:00Z'));
    await remove('nightly');
  }, 60_000);

  it('leave what the rules of days, weeks and months keep, and what others made', async () => {
    await until('nothing is being removed any more', async () => {
      const operations = house.get(OperationsContract);
      const removals = snapshots().map(({ name }) =>
        operations.unfinished(house.project.id, 'snapshot', name),
      );
      return (await Promise.all(removals)).flat().length === 0;
    });
    const others = snapshots().map(({ name }) => name);
    expect(others.length).toBeGreaterThan(0);
    // Sundays and Wednesdays from the end of November into the new year.
    house.clock.moveTo(new Date('2026-11-24T12:00:00Z'));
    await create({
      name: 'twice',
      cron: '0 12 * * 0,3',
      keep: { last: null, daily: 1, weekly: 2, monthly: 3 },
    });
    const states = [];
    for (let count = 0; count < 12; count += 1) states.push((await run('twice')).state);
    expect(states).toEqual(Array.from({ length: 12 }, () => 'SUCCEEDED'));
    // The newest of November, of the week before, of December, and the newest of all.
    expect(days('twice')).toEqual(['2026-11-29', '2026-12-27', '2026-12-30', '2027-01-03']);
    expect(snapshots().map(({ name }) => name)).toEqual(expect.arrayContaining(others));
    await remove('twice');
  }, 180_000);

  it('stop, and say why, when their owner is gone', async () => {
    const { principal, project } = await caller();
    const tenant = { id: project.tenantId, name: project.tenant };
    const bindings = [{ role: 'editor', project: project.name }];
    const { id } = await house
      .get(CreateServiceAccount)
      .execute(principal, tenant, { name: 'leaver', bindings });
    const leaver = (await house.get(AccessPort).refresh({ id, tokenId: null })) as Principal;
    await create({ name: 'orphan' }, leaver);
    await house.get(DeleteServiceAccount).execute(principal, tenant, 'leaver', () => {});
    house.clock.moveTo((await present('orphan')).nextRunAt as Date);
    await round();
    expect(await present('orphan')).toMatchObject({
      suspended: true,
      suspendedReason: 'Its owner leaver is gone.',
      nextRunAt: null,
    });
    expect(await lastRun('orphan')).toMatchObject({ state: 'SKIPPED', machines: [{ state: 'SKIPPED' }] });
    // Whoever takes it up again owns it.
    const change = { keep: {}, suspended: false };
    await house.get(ChangeSchedule).execute({ principal, project }, 'orphan', change, () => {});
    expect(await present('orphan')).toMatchObject({
      suspended: false,
      suspendedReason: null,
      owner: { name: principal.name },
    });
    await remove('orphan');
  }, 60_000);

  it('pass over a machine that is busy, and say why', async () => {
    await create({ name: 'busy', cron: '0 6 * * *' });
    // What begins now stays under way.
    await house.close();
    await house.open({ jobs: false });
    stopClock();
    const { principal, project } = await caller();
    await house
      .get(Database)
      .transaction((tx) =>
        house.get(SnapshotsContract).begin(tx, { principal, project, vm: 'web', name: 'by-hand' }),
      );
    house.clock.moveTo((await present('busy')).nextRunAt as Date);
    await round();
    expect(await lastRun('busy')).toMatchObject({
      state: 'SKIPPED',
      machines: [
        { virtualMachine: 'web', state: 'SKIPPED', reason: expect.stringContaining('snapshot.create') },
      ],
    });
  }, 60_000);
});
