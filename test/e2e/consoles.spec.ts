import { ClusterAdmin } from '../support/cluster-admin.js';
import { ConsoleEnd, refusedUpgrade } from '../support/console.js';
import { type Answer, type Json, until, Virtgate } from '../support/virtgate.js';

const VM = '/projects/demo/vms/seen';
const SESSIONS = `${VM}/console-sessions`;
const PNG = Buffer.of(0x89, 0x50, 0x4e, 0x47);

/** Consoles of a simulated machine: sessions, who is in, what ends them, and what they show without one. */
describe('consoles', () => {
  let virtgate: Virtgate;
  const ends: ConsoleEnd[] = [];

  beforeAll(async () => {
    virtgate = await Virtgate.start({
      env: { SANDBOX_DRIVER: 'simulated', PORT_FORWARD_PORTS: '22,8000-8010' },
    });
    const { body } = await virtgate.rest('POST', '/projects/demo/vms', {
      name: 'seen',
      cpus: 1,
      memory: '128Mi',
      bootDisk: { blank: true, size: '64Mi' },
    });
    expect((await virtgate.settled(body)).state).toBe('SUCCEEDED');
  }, 180_000);

  afterAll(async () => {
    for (const end of ends) end.close();
    await virtgate?.stop();
  }, 60_000);

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
