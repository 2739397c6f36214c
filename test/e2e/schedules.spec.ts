import { type Json, until, Virtgate } from '../support/virtgate.js';

const MINUTE = 60_000;

describe('snapshots on a timetable', () => {
  let virtgate: Virtgate;

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated' } });
    for (const [name, tier] of [
      ['web', 'gold'],
      ['toy', 'tin'],
    ]) {
      const { body } = await virtgate.rest('POST', '/projects/demo/vms', {
        name,
        cpus: 1,
        memory: '128Mi',
        labels: { tier },
        bootDisk: { blank: true, size: '64Mi' },
      });
      expect((await virtgate.settled(body)).state).toBe('SUCCEEDED');
    }
  }, 240_000);

  afterAll(async () => {
    await virtgate?.stop();
  }, 60_000);

  const path = '/projects/demo/snapshot-schedules';
  const schedule = async (name: string): Promise<Json> =>
    (await virtgate.rest('GET', `${path}/${name}`)).body;
  const snapshots = async (): Promise<Json[]> =>
    (await virtgate.rest('GET', '/projects/demo/snapshots?limit=200')).body.items;

  it('are made, shown, changed and removed over REST and GraphQL alike', async () => {
    const body = {
      name: 'nightly',
      cron: '30 3 * * *',
      timeZone: 'Europe/Berlin',
      keepDaily: 7,
      selector: { matchLabels: { tier: 'gold' } },
    };
    const made = await virtgate.rest('POST', path, body);
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`/api/v1${path}/nightly`);
    expect(made.body).toMatchObject({ ...body, keepLast: null, suspended: false, lastRun: null });
    expect(made.body.nextRuns).toHaveLength(3);
    const again = await virtgate.rest('POST', path, body);
    expect([again.status, again.body.code]).toEqual([409, 'schedule.exists']);

    const { project } = await virtgate.graphql(
      `{ project(name: "demo") { snapshotSchedules(q: "night") { totalCount nodes { id name etag nextRuns
         selector { matchLabels } owner { name } } } } }`,
    );
    expect(project.snapshotSchedules).toMatchObject({
      totalCount: 1,
      nodes: [{ name: 'nightly', nextRuns: made.body.nextRuns, selector: body.selector }],
    });
    const [node] = project.snapshotSchedules.nodes;
    expect((await virtgate.graphql(`{ node(id: "${node.id}") { __typename id } }`)).node).toEqual({
      __typename: 'SnapshotSchedule',
      id: node.id,
    });

    const patch = { keepDaily: null, suspended: true, selector: { matchLabels: { tier: null, app: 'x' } } };
    const changed = await virtgate.rest('PATCH', `${path}/nightly`, patch, { 'if-match': node.etag });
    expect(changed.body).toMatchObject({
      keepDaily: null,
      suspended: true,
      nextRuns: [],
      selector: { matchLabels: { app: 'x' } },
    });
    const late = await virtgate.rest(
      'PATCH',
      `${path}/nightly`,
      { suspended: false },
      { 'if-match': node.etag },
    );
    expect(late.status).toBe(412);
    await virtgate.graphql(
      `mutation { deleteSnapshotSchedule(input: { project: "demo", name: "nightly" }) { deletedName } }`,
    );
    expect((await virtgate.rest('GET', `${path}/nightly`)).body.code).toBe('schedule.not_found');
  });

  it.each([
    ['cron', { cron: '0 0 30 2 *' }],
    ['cron', { cron: '@daily' }],
    ['timeZone', { timeZone: 'Mars/Olympus' }],
    ['keepLast', { keepLast: 0 }],
    ['selector', { selector: undefined }],
    ['selector/matchLabels', { selector: { matchLabels: { 'kubevirt.io/x': 'y' } } }],
  ])('are refused with a wrong %s', async (pointer, wrong) => {
    const good = { name: 'bad', cron: '* * * * *', timeZone: 'UTC', selector: { matchLabels: {} } };
    const { status, body } = await virtgate.rest('POST', path, { ...good, ...wrong });
    expect([status, body.errors?.[0]?.pointer]).toEqual([400, `/${pointer}`]);
  });

  it('take the selected machines, in the name of their owner, and remove only what they made', async () => {
    const by = await virtgate.rest('POST', '/projects/demo/vms/web/snapshots', { name: 'by-hand' });
    expect((await virtgate.settled(by.body)).state).toBe('SUCCEEDED');
    const made = await virtgate.rest('POST', path, {
      name: 'often',
      cron: '* * * * *',
      timeZone: 'UTC',
      keepLast: 1,
      selector: { matchLabels: { tier: 'gold' } },
    });
    expect(made.status).toBe(201);

    let first: Json;
    await until(
      'the first run has ended well',
      async () => {
        first = (await schedule('often')).lastRun;
        return first?.state === 'SUCCEEDED';
      },
      2 * MINUTE,
      () => JSON.stringify(first),
    );
    expect(first.machines).toMatchObject([{ virtualMachine: 'web', state: 'SUCCEEDED' }]);
    expect(first.missedRuns).toBe(0);
    const [taken] = (await snapshots()).filter(({ name }) => name === first.machines[0].snapshot);
    expect(taken).toMatchObject({
      virtualMachine: 'web',
      ready: true,
      createdBy: { name: made.body.owner.name },
    });

    // Whoever dies meanwhile, a time comes once.
    await virtgate.killAndAwaitRestart('worker');
    let second: Json;
    await until(
      'the next run has removed what the first one took',
      async () => {
        second = (await schedule('often')).lastRun;
        return second.deletedSnapshots.includes(taken.name);
      },
      3 * MINUTE,
      () => JSON.stringify(second),
    );
    await until('it is gone', async () => !(await snapshots()).some(({ name }) => name === taken.name));
    await virtgate.rest('PATCH', `${path}/often`, { suspended: true });
    const left = await snapshots();
    expect(left.filter(({ virtualMachine }) => virtualMachine !== 'web')).toEqual([]);
    expect(left.map(({ name }) => name)).toContain('by-hand');
  }, 360_000);

  it('stop, and say why, when their owner is gone', async () => {
    await virtgate.rest('POST', '/tenants/demo/service-accounts', {
      name: 'leaver',
      bindings: [{ role: 'editor', project: 'demo' }],
    });
    const { body: token } = await virtgate.rest('POST', '/tenants/demo/service-accounts/leaver/tokens', {
      name: 't',
      expiresIn: '1h',
    });
    const as = { authorization: `Bearer ${token.token}` };
    const body = { name: 'orphan', cron: '* * * * *', timeZone: 'UTC', selector: { matchLabels: {} } };
    expect((await virtgate.rest('POST', path, body, as)).status).toBe(201);
    await virtgate.rest('DELETE', '/tenants/demo/service-accounts/leaver');
    await until('it is suspended', async () => (await schedule('orphan')).suspended, 2 * MINUTE);
    expect(await schedule('orphan')).toMatchObject({
      suspendedReason: 'Its owner leaver is gone.',
      nextRuns: [],
      lastRun: { state: 'SKIPPED', machines: [{ state: 'SKIPPED' }, { state: 'SKIPPED' }] },
    });
    const taken = await virtgate.rest('PATCH', `${path}/orphan`, { suspended: false });
    expect(taken.body).toMatchObject({ suspended: false, suspendedReason: null });
    expect(taken.body.owner.name).not.toBe('leaver');
    expect((await virtgate.rest('DELETE', `${path}/orphan`)).status).toBe(204);
  }, 180_000);
});
