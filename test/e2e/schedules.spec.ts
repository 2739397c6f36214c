import { Virtgate } from '../support/virtgate.js';

/** Its doors. What it does when its time has come is in test/schedules, where time is the test's to move. */
describe('snapshots on a timetable', () => {
  let virtgate: Virtgate;

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated' } });
  }, 180_000);

  afterAll(async () => {
    await virtgate?.stop();
  }, 60_000);

  const path = '/projects/demo/snapshot-schedules';

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
});
