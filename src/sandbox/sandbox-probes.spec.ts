import type { WebSocket } from 'ws';
import type { Untyped } from './store/kube-object.js';
import { KillableSandbox } from './testing/killable-sandbox.js';
import { ACTIONS, machine, type SandboxClient, VMIS, VMS } from './testing/sandbox-client.js';

const PATIENCE = 90_000;
const PODS = '/api/v1/namespaces/team/pods';
const often = { periodSeconds: 1, failureThreshold: 1 };

/** Guests that are simulated: what they answer is told them on their consoles. */
describe('probes in the sandbox', () => {
  let sandbox: KillableSandbox;
  let client: SandboxClient;
  const consoles: WebSocket[] = [];

  beforeAll(async () => {
    sandbox = await KillableSandbox.make();
    client = await sandbox.up();
    await client.call('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'team' },
    });
  }, PATIENCE);

  afterAll(async () => {
    for (const socket of consoles) socket.terminate();
    await sandbox.remove();
  });

  const make = async (name: string, runStrategy: string, template: Untyped): Promise<void> => {
    const vm = machine(name, { spec: { runStrategy } });
    Object.assign(vm.spec.template.spec, { terminationGracePeriodSeconds: 2, ...template });
    expect(await client.call('POST', VMS, vm)).toMatchObject({ code: 201 });
  };
  const runs = async (name: string, ...words: string[]): Promise<Untyped> => {
    const vmi = await client.until(
      () => client.get(`${VMIS}/${name}`),
      (seen) => seen?.status?.phase === 'Running',
      PATIENCE,
    );
    const socket = await client.socket(`${ACTIONS}/virtualmachineinstances/${name}/console`);
    consoles.push(socket);
    let said = '';
    socket.on('message', (data) => {
      said += data.toString();
    });
    for (const line of words) {
      socket.send(Buffer.from(`${line}; \r`.replace('; ', '')));
      // The prompt after the answer.
      await client.until(
        async () => said,
        (text) => text.slice(text.lastIndexOf(line)).includes('# '),
        PATIENCE,
      );
    }
    return vmi;
  };
  const ready = (object: Untyped): Untyped =>
    object?.status?.conditions?.find(({ type }: Untyped) => type === 'Ready');
  const untilReady = (name: string, status: string): Promise<Untyped> =>
    client.until(
      () => client.get(`${VMS}/${name}`),
      (vm) => ready(vm)?.status === status,
      PATIENCE,
    );
  const eventsOf = async (kind: string, name: RegExp): Promise<Untyped[]> => {
    const { items } = await client.get('/api/v1/namespaces/team/events');
    return items.filter(({ involvedObject }: Untyped) => {
      return involvedObject.kind === kind && name.test(involvedObject.name);
    });
  };

  it(
    'tells by its readiness probe whether a machine is ready, and ends one that its liveness probe finds dead',
    async () => {
      const liveness = (port: number) => ({ livenessProbe: { tcpSocket: { port }, ...often } });
      await make('web', 'Always', { readinessProbe: { httpGet: { port: 80, path: '/up' }, ...often } });
      // One that hears its power button when it is found dead, and two that do not.
      await make('polite', 'RerunOnFailure', liveness(22));
      await make('stuck', 'RerunOnFailure', liveness(22));
      await make('again', 'Always', liveness(22));
      await runs('web', 'serve 80 503');
      await runs('polite', 'serve 22 nothing');
      const stuck = await runs('stuck', 'serve 22 nothing', 'hang');
      const again = await runs('again', 'serve 22 nothing', 'hang');

      // Of a machine with such a probe nothing is ready before that says so.
      const vm = await client.get(`${VMS}/web`);
      expect([vm.status.printableStatus, ready(vm)]).toMatchObject([
        'Running',
        { status: 'False', reason: 'ContainersNotReady' },
      ]);
      const { items } = await client.get(`${PODS}?labelSelector=vm.kubevirt.io/name=web`);
      const compute = (pod: Untyped) =>
        pod.status.containerStatuses.find(({ name }: Untyped) => name === 'compute');
      expect(compute(items[0])).toMatchObject({ ready: false, started: true });
      expect(items[0].spec.containers[0].readinessProbe).toMatchObject({ initialDelaySeconds: 10 });
      await client.until(
        () => eventsOf('Pod', /^virt-launcher-web-/),
        (events) => events.some(({ reason }) => reason === 'Unhealthy'),
        PATIENCE,
      );
      const [event] = (await eventsOf('Pod', /^virt-launcher-web-/)).filter(
        ({ reason }) => reason === 'Unhealthy',
      );
      expect(event).toMatchObject({
        type: 'Warning',
        message: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
        source: { component: 'kubelet' },
      });
      await runs('web', 'serve 80 204');
      await untilReady('web', 'True');
      const pod = await client.get(`${PODS}/${items[0].metadata.name}`);
      expect([compute(pod).ready, ready(pod).status]).toEqual([true, 'True']);
      await runs('web', 'serve 80 nothing');
      await untilReady('web', 'False');

      // The guest that heard its button has ended well: it is not run again.
      await client.untilStatus('polite', 'Stopped', PATIENCE);
      expect((await client.get(`${VMIS}/polite`)).status.phase).toBe('Succeeded');
      expect(await eventsOf('Pod', /^virt-launcher-polite-/)).toContainEqual(
        expect.objectContaining({ reason: 'Killing', message: 'Container compute failed liveness probe' }),
      );
      for (const before of [stuck, again]) {
        const { name, uid } = before.metadata;
        const after = await client.until(
          () => client.get(`${VMIS}/${name}`),
          (vmi) => vmi?.status?.phase === 'Running' && vmi.metadata.uid !== uid,
          PATIENCE,
        );
        const ends = await eventsOf('VirtualMachineInstance', new RegExp(`^${name}$`));
        const crashes = ends.filter(({ reason, type }) => reason === 'Stopped' && type === 'Warning');
        expect([name, crashes.map(({ message }) => message)]).toEqual([
          name,
          ['The VirtualMachineInstance crashed. (Stopped by force after the grace period)'],
        ]);
        expect(after.status.phase).toBe('Running');
      }
    },
    2 * PATIENCE,
  );

  it(
    'is killed while a guest is being ended that was found dead: that is started again once',
    async () => {
      const probe = { tcpSocket: { port: 22 }, ...often };
      await make('once', 'Always', { livenessProbe: probe, terminationGracePeriodSeconds: 4 });
      const before = await runs('once', 'serve 22 nothing', 'hang');
      const killing = () => eventsOf('Pod', /^virt-launcher-once-/);
      await client.until(killing, (events) => events.some(({ reason }) => reason === 'Killing'), PATIENCE);
      for (const socket of consoles.splice(0)) socket.terminate();
      await sandbox.killAfter(0);
      client = await sandbox.up();
      const after = await client.until(
        () => client.get(`${VMIS}/once`),
        (vmi) => vmi?.status?.phase === 'Running' && vmi.metadata.uid !== before.metadata.uid,
        PATIENCE,
      );
      const { items } = await client.get('/api/v1/namespaces/team/events');
      const made = items.filter(
        ({ reason, involvedObject }: Untyped) =>
          reason === 'SuccessfulCreate' &&
          involvedObject.kind === 'VirtualMachine' &&
          involvedObject.name === 'once',
      );
      // The first start, and the one after: the event is counted.
      expect(made.map(({ count }: Untyped) => count)).toEqual([2]);
      expect(after.metadata.uid).toBe((await client.get(`${VMIS}/once`)).metadata.uid);
      // What was ready before need not prove that again.
      const web = await client.get(`${VMS}/web`);
      expect(ready(web).status).toBe('False');
    },
    2 * PATIENCE,
  );
});
