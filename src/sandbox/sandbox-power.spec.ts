import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSandbox, type Sandbox } from './sandbox.js';
import type { Untyped } from './store/kube-object.js';
import { ACTIONS, type Answer, machine, SandboxClient, VMIS, VMS } from './testing/sandbox-client.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const recordings = new URL('../../../shared/reference/live-v1.3.1/errors/', import.meta.url);
const here = existsSync(recordings);
if (!here) console.warn('skipped: the recordings are not beside this checkout');

describe('subresources of the sandbox', () => {
  let directory: string;
  let sandbox: Sandbox;
  let client: SandboxClient;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sandbox-'));
    sandbox = await createSandbox({ dataDirectory: directory, port: 0, driver: 'simulated', logger: silent });
    await sandbox.start();
    client = new SandboxClient(sandbox.kubeconfigPath);
    await client.call('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'team' },
    });
  });

  afterAll(async () => {
    await sandbox.stop({ detachGuests: false });
    await rm(directory, { recursive: true, force: true });
  });

  const act = (name: string, action: string, body: Untyped = {}): Promise<Answer> =>
    client.call('PUT', `${ACTIONS}/virtualmachines/${name}/${action}`, body);
  const onInstance = (name: string, action: string): Promise<Answer> =>
    client.call('PUT', `${ACTIONS}/virtualmachineinstances/${name}/${action}`);
  const create = (name: string, runStrategy: string) =>
    client.call('POST', VMS, machine(name, { spec: { runStrategy } }));
  const stopped = (name: string) =>
    client.until(
      () => client.get(`${VMS}/${name}`),
      (vm) => vm.status?.printableStatus === 'Stopped' && !vm.status.created,
    );
  const refused = (why: string) => ({
    code: 409,
    body: { reason: 'Conflict', message: expect.stringContaining(why) },
  });

  it('starts and stops a Manual machine without touching its spec', async () => {
    await create('manual', 'Manual');
    await stopped('manual');
    expect(await act('manual', 'stop')).toMatchObject(refused(': VM is not running'));
    expect(await act('manual', 'restart')).toMatchObject(refused(': VM is not running: Halted'));
    expect(await act('manual', 'start', { dryRun: ['All'] })).toMatchObject({ code: 202 });
    expect((await client.get(`${VMS}/manual`)).status.stateChangeRequests).toBeUndefined();
    expect(await act('manual', 'start')).toMatchObject({ code: 202, body: '' });
    await client.untilStatus('manual', 'Running');
    expect(await act('manual', 'start')).toMatchObject(refused(': VM is already running'));
    expect(await act('manual', 'stop')).toMatchObject({ code: 202 });
    const vm = await stopped('manual');
    expect(vm.spec.runStrategy).toBe('Manual');
    expect(vm.status.stateChangeRequests).toBeUndefined();
  });

  it('stops and starts RerunOnFailure by request', async () => {
    await create('rerun', 'RerunOnFailure');
    await client.untilStatus('rerun', 'Running');
    expect(await act('rerun', 'stop')).toMatchObject({ code: 202 });
    expect((await stopped('rerun')).spec.runStrategy).toBe('RerunOnFailure');
    expect(await act('rerun', 'start')).toMatchObject({ code: 202 });
    await client.untilStatus('rerun', 'Running');
  });

  it('turns Once into Halted, and Halted into Always', async () => {
    await create('once', 'Once');
    await client.untilStatus('once', 'Running');
    expect(await act('once', 'restart')).toMatchObject(
      refused('RunStategy Once does not support manual restart requests'),
    );
    expect(await act('once', 'stop')).toMatchObject({ code: 202 });
    expect((await stopped('once')).spec.runStrategy).toBe('Halted');
    expect(await act('once', 'stop')).toMatchObject(refused(': VM is not running'));
    expect(await act('once', 'restart')).toMatchObject(
      refused('RunStategy Halted does not support manual restart requests'),
    );
    expect(await act('once', 'start', { paused: true })).toMatchObject({ code: 202 });
    const paused = await client.untilStatus('once', 'Paused');
    expect(paused.spec.runStrategy).toBe('Always');
    expect(await onInstance('once', 'unpause')).toMatchObject({ code: 200 });
    await client.untilStatus('once', 'Running');
  });

  it('ends a guest at once that is given no grace', async () => {
    await create('force', 'Always');
    await client.untilStatus('force', 'Running');
    const before = await client.get(`${VMIS}/force`);
    expect(await act('force', 'restart', { gracePeriodSeconds: 30 })).toMatchObject({ code: 400 });
    expect(await act('force', 'restart', { gracePeriodSeconds: 0 })).toMatchObject({ code: 202 });
    await client.until(
      () => client.get(`${VMIS}/force`),
      (vmi) => vmi?.status?.phase === 'Running' && vmi.metadata.uid !== before.metadata.uid,
    );
    expect(await act('force', 'stop', { gracePeriod: 0 })).toMatchObject({ code: 202 });
    await stopped('force');
  });

  it('refuses what makes no sense for the instance', async () => {
    await create('inst', 'Always');
    await client.untilStatus('inst', 'Running');
    expect(await onInstance('inst', 'unpause')).toMatchObject(refused(': VMI is not paused'));
    expect(await onInstance('inst', 'softreboot')).toMatchObject({ code: 200 });
    expect(await onInstance('inst', 'reset')).toMatchObject({ code: 200 });
    expect(await onInstance('inst', 'pause')).toMatchObject({ code: 200 });
    expect(await onInstance('inst', 'pause')).toMatchObject(refused(': VMI is already paused'));
    expect(await onInstance('inst', 'softreboot')).toMatchObject(refused(': VMI is paused'));
    expect(await client.call('GET', `${ACTIONS}/virtualmachineinstances/inst/guestosinfo`)).toEqual({
      code: 500,
      body: 'Operation cannot be fulfilled on virtualmachineinstance.kubevirt.io "inst": VMI does not have guest agent connected',
    });
    await onInstance('inst', 'unpause');
  });

  it('speaks on the console while the machine runs, and refuses before the upgrade when it does not', async () => {
    await create('talk', 'Always');
    await client.untilStatus('talk', 'Running');
    const socket = await client.socket(`${ACTIONS}/virtualmachineinstances/talk/console`);
    let said = '';
    socket.on('message', (data) => {
      said += data.toString();
    });
    socket.send(Buffer.from('\r\necho hello-$((1+1))\r\n'));
    await client.until(
      async () => said,
      (text) => text.includes('hello-'),
    );
    socket.close();
    await expect(client.socket(`${ACTIONS}/virtualmachineinstances/none/console`)).rejects.toThrow('404');
    await expect(client.socket(`${ACTIONS}/virtualmachineinstances/none/vnc`)).rejects.toThrow('404');
  });

  it('expands instance type and preference, and tells its version', async () => {
    const vm = machine('typed', {
      domain: { memory: undefined },
      spec: { runStrategy: 'Halted', instancetype: { name: 'u1.large' }, preference: { name: 'debian' } },
    });
    const preview = await client.call('PUT', `${ACTIONS}/expand-vm-spec`, vm);
    expect(preview.body.spec.template.spec.domain).toMatchObject({
      cpu: { sockets: 2 },
      memory: { guest: '8Gi' },
    });
    await client.call('POST', VMS, vm);
    const expanded = await client.get(`${ACTIONS}/virtualmachines/typed/expand-spec`);
    expect(expanded.spec.instancetype).toBeUndefined();
    expect(expanded.spec.template.spec.domain.memory).toEqual({ guest: '8Gi' });
    expect(await client.get('/apis/subresources.kubevirt.io/v1/version')).toMatchObject({
      gitVersion: 'v1.9.0',
    });
    expect(await client.call('PUT', `${ACTIONS}/expand-vm-spec`, {})).toMatchObject({ code: 400 });
  });

  (here ? it : it.skip)('answers as a real cluster', async () => {
    await create('cap1', 'Always');
    await client.untilStatus('cap1', 'Running');
    const instance = `${ACTIONS}/virtualmachineinstances`;
    for (const [file, path] of [
      ['404-start', `${ACTIONS}/virtualmachines/nope/start`],
      ['404-no-vmi-pause', `${instance}/nope/pause`],
      ['409-already-running', `${ACTIONS}/virtualmachines/cap1/start`],
      ['409-unpause-not-paused', `${instance}/cap1/unpause`],
    ]) {
      const expected = JSON.parse(readFileSync(new URL(`${file}.json`, recordings), 'utf8'));
      expect([file, (await client.call('PUT', path as string, {})).body]).toEqual([file, expected]);
    }
  });
});
