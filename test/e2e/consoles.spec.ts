import pg from 'pg';
import { ClusterAdmin } from '../support/cluster-admin.js';
import { ConsoleEnd, refusedUpgrade } from '../support/console.js';
import { databaseOf } from '../support/killed-process.js';
import { OtherGateway } from '../support/other-gateway.js';
import { type Answer, type Json, until, Virtgate } from '../support/virtgate.js';

const VM = '/projects/demo/vms/seen';
const SESSIONS = `${VM}/console-sessions`;
const PNG = Buffer.of(0x89, 0x50, 0x4e, 0x47);

/** Consoles of a simulated machine: sessions, who is in, what ends them, and what they show without one. */
describe('consoles', () => {
  let virtgate: Virtgate;
  const ends: ConsoleEnd[] = [];
  const others: OtherGateway[] = [];

  beforeAll(async () => {
    virtgate = await Virtgate.start({
      env: { SANDBOX_DRIVER: 'simulated', PORT_FORWARD_PORTS: '22,8000-8010' },
    });
    await Promise.all(['seen', 'left', 'busy'].map(make));
  }, 180_000);

  afterAll(async () => {
    for (const end of ends) end.close();
    await Promise.all(others.map((other) => other.stop()));
    await virtgate?.stop();
  }, 60_000);

  const make = async (name: string): Promise<void> => {
    const machine = { name, cpus: 1, memory: '128Mi', bootDisk: { blank: true, size: '64Mi' } };
    const { body } = await virtgate.rest('POST', '/projects/demo/vms', machine);
    expect((await virtgate.settled(body)).state).toBe('SUCCEEDED');
  };

  const ask = (body: Json): Promise<Answer> => virtgate.rest('POST', SESSIONS, body);
  const connect = async (url: string): Promise<ConsoleEnd> => {
    const end = await ConsoleEnd.open(url);
    ends.push(end);
    return end;
  };
  const open = async (body: Json): Promise<{ id: string; end: ConsoleEnd }> => {
    const answer = await ask(body);
    expect(answer.status).toBe(201);
    return { id: answer.body.id, end: await connect(answer.body.websocketUrl) };
  };
  const session = async (id: string): Promise<Json> =>
    (await virtgate.rest('GET', SESSIONS)).body.items.find((one: Json) => one.id === id);
  const over = (end: ConsoleEnd) => until('the console is closed', () => end.closed !== null);
  const closings = async (): Promise<Map<string, Json>> => {
    const { body } = await virtgate.rest('GET', '/audit?action=console-session.close&limit=100');
    return new Map(body.items.map(({ details }: Json) => [details.session, details]));
  };
  /** What time does, done at once. */
  const passes = async (sql: string, values: unknown[]): Promise<void> => {
    const client = new pg.Client({ connectionString: databaseOf(virtgate) });
    await client.connect();
    try {
      expect((await client.query(sql, values)).rowCount).toBeGreaterThan(0);
    } finally {
      await client.end();
    }
  };

  it('says who has the screen, and lets another take it over', async () => {
    const first = await open({ type: 'vnc' });
    await first.end.prints(/^RFB 003\.008\n/);
    expect(await session(first.id)).toMatchObject({
      type: 'vnc',
      port: null,
      state: 'OPEN',
      requestedBy: { name: expect.any(String) },
      sourceAddress: '127.0.0.1',
      endReason: null,
    });
    const busy = await ask({ type: 'vnc' });
    expect(busy).toMatchObject({ status: 409, body: { code: 'console.in_use' } });
    expect(busy.body.detail).toMatch(/has had the screen of "seen" since 20/);
    expect(busy.body.hint).toContain('takeOver');

    const second = await open({ type: 'vnc', takeOver: true });
    await second.end.prints(/^RFB/);
    await over(first.end);
    expect(first.end.closed).toEqual({ code: 4409, reason: 'Somebody else took this console over.' });
    await until('it is written down', async () => (await session(first.id)).state === 'ENDED');
    expect(await session(first.id)).toMatchObject({ endReason: 'taken-over' });
    expect(second.end.closed).toBeNull();
    second.end.close();
    await until('the screen is free', async () => (await session(second.id)).state === 'ENDED');
    expect((await session(second.id)).bytesFromGuest).toBeGreaterThanOrEqual(12);
  });

  it('refuses a screen that somebody took between the ticket and its use', async () => {
    const [slow, quick] = [await ask({ type: 'vnc' }), await ask({ type: 'vnc' })];
    const holder = await connect(quick.body.websocketUrl);
    expect(await refusedUpgrade(slow.body.websocketUrl)).toMatchObject({
      status: 409,
      body: { code: 'console.in_use' },
    });
    expect(await refusedUpgrade(slow.body.websocketUrl)).toMatchObject({ status: 404 });
    expect(await session(slow.body.id)).toMatchObject({ state: 'ENDED', endReason: 'refused' });
    expect(holder.closed).toBeNull();
    holder.close();
    await until('the screen is free', async () => (await session(quick.body.id)).state === 'ENDED');
  });

  it('forwards the ports that the platform allows', async () => {
    const { id, end } = await open({ type: 'port-forward', port: 22 });
    end.type('through and back');
    await end.prints(/through and back/);
    end.close();
    await until('it is written down', async () => (await session(id)).state === 'ENDED');
    expect(await session(id)).toMatchObject({
      port: 22,
      endReason: 'client-closed',
      bytesToGuest: 16,
      bytesFromGuest: 16,
    });
    expect(await ask({ type: 'port-forward', port: 23 })).toMatchObject({
      status: 403,
      body: { code: 'console.port_forbidden' },
    });
    const { body } = await ask({ type: 'port-forward', port: 8001 });
    expect(body.pageUrl).toBeNull();
    expect((await fetch(`${virtgate.url}/console/${body.ticket}`)).status).toBe(404);
  });

  it.each([
    [{ type: 'port-forward' }, 400, 'request.invalid'],
    [{ type: 'port-forward', port: 0 }, 400, 'request.invalid'],
    [{ type: 'port-forward', port: 22, takeOver: true }, 400, 'request.invalid'],
    [{ type: 'vnc', port: 22 }, 400, 'request.invalid'],
    [{ type: 'usb' }, 400, 'request.invalid'],
  ])('refuses %j', async (body, status, code) => {
    expect(await ask(body)).toMatchObject({ status, body: { code } });
  });

  it('ends a session that is revoked, at once', async () => {
    const { id, end } = await open({ type: 'serial' });
    expect((await virtgate.rest('DELETE', `${SESSIONS}/${id}`)).status).toBe(204);
    await over(end);
    expect(end.closed).toEqual({ code: 4403, reason: 'This console session was revoked.' });
    await until('it is written down', async () => (await session(id)).closedAt !== null);
    expect(await session(id)).toMatchObject({ state: 'ENDED', endReason: 'revoked' });
  });

  it('is listed and made over GraphQL as over REST', async () => {
    const made = await virtgate.graphql(
      `mutation ($input: CreateConsoleSessionInput!) {
        createConsoleSession(input: $input) { consoleSession { id type port pageUrl } } }`,
      { input: { project: 'demo', virtualMachine: 'seen', type: 'port_forward', port: 8000 } },
    );
    const { consoleSession } = made.createConsoleSession;
    expect(consoleSession).toMatchObject({ type: 'port_forward', port: 8000, pageUrl: null });
    const { project } = await virtgate.graphql(`{ project(name: "demo") { virtualMachine(name: "seen") {
      consoleSessions(first: 1) { totalCount nodes { id type port state requestedBy { name } bytesToGuest endReason } }
      serialLog(tail: 3) { text truncated } } } }`);
    const { consoleSessions, serialLog } = project.virtualMachine;
    expect(consoleSessions.nodes).toEqual([
      {
        id: consoleSession.id,
        type: 'port_forward',
        port: 8000,
        state: 'WAITING',
        requestedBy: { name: expect.any(String) },
        bytesToGuest: 0,
        endReason: null,
      },
    ]);
    const all = await virtgate.rest('GET', SESSIONS);
    expect(consoleSessions.totalCount).toBe(all.body.total);
    expect(serialLog).toEqual((await virtgate.rest('GET', `${VM}/serial-log?tail=3`)).body);
    expect(serialLog.text).toContain('login: root');
  });

  it('shows the screen as a picture, and what the guest printed', async () => {
    const picture = () =>
      fetch(`${virtgate.url}/api/v1${VM}/screenshot`, {
        headers: { authorization: `Bearer ${virtgate.token}` },
      });
    const answer = await picture();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png']);
    const first = Buffer.from(await answer.arrayBuffer());
    expect(first.subarray(0, 4)).toEqual(PNG);
    await until('it changes', async () => !Buffer.from(await (await picture()).arrayBuffer()).equals(first));
    const log = await virtgate.rest('GET', `${VM}/serial-log`);
    expect(log).toMatchObject({ status: 200, body: { truncated: false } });
    expect(log.body.text).toContain('virtgate simulated guest ready seen');
    expect((await virtgate.rest('GET', `${VM}/serial-log?tail=0`)).status).toBe(400);
  });

  it('tells the audit log of each opening and closing', async () => {
    const { id, end } = await open({ type: 'serial' });
    end.type('whoami\r');
    await end.prints(/root\r\n/);
    end.close();
    await until('it is written down', async () => (await session(id)).state === 'ENDED');
    const { body } = await virtgate.rest('GET', '/audit?action=console-session.close');
    const [closed] = body.items.filter((record: Json) => record.details.session === id);
    expect(closed.details).toMatchObject({
      type: 'serial',
      reason: 'client-closed',
      durationSeconds: expect.any(Number),
      bytesToGuest: 7,
    });
    const opened = await virtgate.rest('GET', '/audit?action=console-session.open');
    expect(opened.body.items.map((record: Json) => record.details.session)).toContain(id);
  });

  it('ends by itself what nobody types into, what is open for too long, and what nobody may have any more', async () => {
    const idle = new OtherGateway(virtgate, { CONSOLE_IDLE_SECONDS: '10' });
    const brief = new OtherGateway(virtgate, { CONSOLE_MAX_SECONDS: '10' });
    others.push(idle, brief);
    await Promise.all(others.map((other) => other.ready()));
    const account = '/tenants/demo/service-accounts';
    await virtgate.rest('POST', account, { name: 'late', bindings: [{ role: 'operator', project: 'demo' }] });
    const mint = async () =>
      (await virtgate.rest('POST', `${account}/late/tokens`, { name: 't', expiresIn: '1h' })).body;
    const [revoked, expired] = [await mint(), await mint()];

    const began = async (vm: string, body: Json, gateway?: OtherGateway, token = virtgate.token) => {
      const path = `/projects/demo/vms/${vm}/console-sessions`;
      const answer = await virtgate.rest('POST', path, body, { authorization: `Bearer ${token}` });
      expect(answer.status).toBe(201);
      const { id, websocketUrl } = answer.body;
      return {
        id,
        type: body.type,
        end: await connect(gateway?.hereInsteadOf(websocketUrl) ?? websocketUrl),
      };
    };
    const forward = { type: 'port-forward', port: 22 };
    const types = [{ type: 'serial' }, { type: 'vnc' }, forward];
    const [left, busy, denied] = [
      await Promise.all(types.map((body) => began('left', body, idle))),
      await Promise.all(types.map((body) => began('busy', body, brief))),
      [
        await began('seen', forward, undefined, revoked.token),
        await began('seen', forward, undefined, expired.token),
      ],
    ];
    expect((await virtgate.rest('DELETE', `${account}/late/tokens/${revoked.id}`)).status).toBe(204);
    await passes(`UPDATE api_token SET expires_at = now() - interval '1 second' WHERE id = $1`, [expired.id]);

    const all = [...left, ...busy, ...denied];
    await until(
      'all are closed',
      () => {
        for (const { end, type } of busy) if (type !== 'vnc') end.type('still here\r');
        return all.every(({ end }) => end.closed);
      },
      120_000,
      () => JSON.stringify(all.map(({ type, end }) => [type, end.closed])),
    );
    const why = (of: typeof all) => of.map(({ end }) => end.closed);
    const thrice = (code: number, reason: string) => types.map(() => ({ code, reason }));
    expect(why(left)).toEqual(thrice(4408, 'Nothing was typed for too long.'));
    expect(why(busy)).toEqual(
      thrice(4410, 'A console stays open no longer than this. Ask for a new session.'),
    );
    expect(why(denied)).toEqual(thrice(4403, 'The right to this console is gone.').slice(1));

    let told = new Map<string, Json>();
    await until('it is written down', async () => {
      told = await closings();
      return all.every(({ id }) => told.has(id));
    });
    const reasons = (of: typeof all) =>
      of.map(({ id, type }) => [told.get(id).type === type, told.get(id).reason]);
    expect(reasons(left)).toEqual(types.map(() => [true, 'idle']));
    expect(reasons(busy)).toEqual(types.map(() => [true, 'too-long']));
    expect(reasons(denied)).toEqual(denied.map(() => [true, 'right-gone']));
    for (const { id } of [...left, ...busy]) expect(told.get(id).durationSeconds).toBeGreaterThanOrEqual(10);
    for (const vm of ['left', 'busy']) {
      const { items } = (await virtgate.rest('GET', `/projects/demo/vms/${vm}/console-sessions`)).body;
      expect(items.map(({ state }: Json) => state)).toEqual(types.map(() => 'ENDED'));
    }
  }, 240_000);

  it('kill -9 of the gateway: its consoles can be had again, and are closed by whoever is left', async () => {
    const [serial, screen, forward] = [
      await open({ type: 'serial' }),
      await open({ type: 'vnc' }),
      await open({ type: 'port-forward', port: 22 }),
    ];
    const killed = [serial, screen, forward];
    await virtgate.killAndAwaitRestart('gateway');
    await Promise.all(killed.map(({ end }) => over(end)));
    expect(killed.map(({ end }) => end.closed?.code)).toEqual([1006, 1006, 1006]);

    const again = await open({ type: 'serial' });
    again.end.type('whoami\r');
    await again.end.prints(/root\r\n/);
    // Nobody knows yet that whoever had the screen is gone; but to be ended, they need not be there.
    const taken = await open({ type: 'vnc', takeOver: true });
    await taken.end.prints(/^RFB/);
    taken.end.close();
    await until('the screen is left', async () => (await session(taken.id)).state === 'ENDED');
    const next = await open({ type: 'vnc' });
    await next.end.prints(/^RFB/);

    // The minute in which nothing is heard of a gateway before its sessions are given up.
    const ids = killed.map(({ id }) => id);
    const earlier = `UPDATE console_session SET seen_at = seen_at - interval '1 minute' WHERE id = ANY ($1)`;
    await passes(earlier, [ids]);
    const rows = () => Promise.all(ids.map(session));
    await until('they are closed', async () => (await rows()).every(({ closedAt }) => closedAt), 120_000);
    expect((await rows()).map(({ state, endReason }) => [state, endReason])).toEqual([
      ['ENDED', 'gateway-gone'],
      ['ENDED', 'taken-over'],
      ['ENDED', 'gateway-gone'],
    ]);
    const told = await closings();
    expect(ids.map((id) => told.get(id)?.reason)).toEqual(['gateway-gone', 'taken-over', 'gateway-gone']);
    // Those that came after are not among them.
    expect([again.end.closed, next.end.closed]).toEqual([null, null]);
    const { items } = (await virtgate.rest('GET', SESSIONS)).body;
    const opened = items.filter(({ state }: Json) => state === 'OPEN').map(({ id }: Json) => id);
    expect(opened.sort()).toEqual([again.id, next.id].sort());
    again.end.close();
    next.end.close();
    await until('the screen is left', async () => (await session(next.id)).state === 'ENDED');
  }, 240_000);

  it('ends with the machine, saying so; a machine that is off has neither console nor log', async () => {
    const { id, end } = await open({ type: 'vnc' });
    const { body } = await virtgate.rest('POST', `${VM}/stop`, { force: true });
    expect((await virtgate.settled(body)).state).toBe('SUCCEEDED');
    await over(end);
    expect(end.closed).toEqual({ code: 1000, reason: 'The console of the machine has closed.' });
    await until('it is written down', async () => (await session(id)).state === 'ENDED');
    expect(await session(id)).toMatchObject({ endReason: 'machine-closed' });
    for (const asked of [ask({ type: 'vnc' }), ask({ type: 'port-forward', port: 22 })]) {
      expect(await asked).toMatchObject({ status: 409, body: { code: 'console.not_available' } });
    }
    expect(await virtgate.rest('GET', `${VM}/screenshot`)).toMatchObject({ status: 409 });
    await until('its log is gone with its pod', async () => {
      const { status, body: gone } = await virtgate.rest('GET', `${VM}/serial-log`);
      return status === 409 && gone.code === 'console.log_missing';
    });
  });

  it('is closed on a KubeVirt with a hole in its consoles, and the platform is told of it', async () => {
    const weaknesses = async () => (await virtgate.rest('GET', '/capabilities')).body.weaknesses;
    expect(await weaknesses()).toEqual([]);
    const admin = ClusterAdmin.of(virtgate.kubeconfig);
    // The release is then what its operator says last.
    const resource = 'version.subresources.kubevirt.io';
    await admin.call('POST', '/sandbox/faults', { rules: [{ resource, code: 404 }] });
    const path = '/apis/kubevirt.io/v1/namespaces/kubevirt/kubevirts/kubevirt/status';
    const older = { status: { observedKubeVirtVersion: 'v1.6.5' } };
    await admin.call('PATCH', path, older, 'application/merge-patch+json');
    admin.close();
    // What the cluster can do is asked at a gateway's first use of it.
    await virtgate.killAndAwaitRestart('gateway');
    expect(await weaknesses()).toMatchObject([{ id: 'CVE-2026-7374' }, { id: 'CVE-2026-6383' }]);
    for (const type of ['serial', 'vnc']) {
      expect(await ask({ type })).toMatchObject({ status: 409, body: { code: 'console.unsafe' } });
    }
    const { capabilities } = await virtgate.graphql('{ capabilities { kubevirt weaknesses { id } } }');
    expect(capabilities).toMatchObject({ kubevirt: 'v1.6.5', weaknesses: [{}, {}] });
  }, 120_000);
});
