import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import type { Untyped } from '../store/kube-object.js';
import { RunningServer, virtualMachine } from './testing/running-server.js';

/** The kubectl in PATH, and versions of it (`kubectl.1.27`) that lie beside where it really is. */
function installedKubectls(): string[] {
  const inPath = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'kubectl'))
    .find((file) => existsSync(file));
  if (!inPath) return [];
  const folder = dirname(realpathSync(inPath));
  const versioned = readdirSync(folder)
    .filter((name) => /^kubectl\.1\.\d+$/.test(name))
    .map((name) => join(folder, name));
  // Oldest and newest of the versions: those between speak as one of them does.
  return [inPath, ...versioned.slice(0, 1), ...versioned.slice(-1)];
}

const kubectls = installedKubectls();
if (kubectls.length === 0) console.warn('skipped: no kubectl on this machine');
const describeEach = kubectls.length === 0 ? describe.skip.each(['kubectl']) : describe.each(kubectls);

describeEach('%s', (binary) => {
  const namespace = `ns-${basename(binary).replaceAll('.', '-')}`;
  let running: RunningServer;

  interface Told {
    code: number;
    out: string;
    error: string;
  }
  const run = (args: string[], input?: unknown): Promise<Told> =>
    new Promise((resolve) => {
      const child = execFile(
        binary,
        ['--kubeconfig', running.kubeconfig, '--cache-dir', join(running.directory, 'cache'), ...args],
        { timeout: 25_000 },
        (error, out, errorText) =>
          resolve({ code: error ? Number(error.code ?? 1) : 0, out, error: errorText }),
      );
      child.stdin?.end(input === undefined ? '' : JSON.stringify(input));
    });
  /** Runs in the namespace and must succeed. */
  const k = async (args: string, input?: unknown): Promise<string> => {
    const told = await run(['-n', namespace, ...args.split(' ')], input);
    expect(told).toMatchObject({ code: 0 });
    return told.out;
  };
  const vm = (name: string, more: Untyped = {}) =>
    virtualMachine(name, { ...more, metadata: { namespace, ...more.metadata } });

  beforeAll(async () => {
    running = await RunningServer.start();
    await k(`create namespace ${namespace}`);
  });
  afterAll(() => running.stopAndRemove());

  it('lists kinds with short names and categories', async () => {
    const out = await k('api-resources');
    expect(out).toMatch(/^virtualmachines\s+vm,vms\s+kubevirt.io\/v1\s+true\s+VirtualMachine$/m);
    expect(out).toMatch(/^persistentvolumeclaims\s+pvc\s+v1\s+true\s+PersistentVolumeClaim$/m);
  });

  it('applies, shows unchanged, gets as table, wide, yaml and by label', async () => {
    expect(await k('apply -f -', vm('one'))).toContain('created');
    expect(await k('apply -f -', vm('one'))).toContain('unchanged');
    expect(await k('apply -f -', vm('one', { spec: { runStrategy: 'Manual' } }))).toContain('configured');
    expect(await k('get vm')).toMatch(/^NAME\s+AGE\s+STATUS\s+READY\s*\none\s+\d+s/);
    expect(await k('get vm one -o yaml')).toContain('runStrategy: Manual');
    expect(await k('get vmi -o wide')).toBe('');
    expect(await k('get nodes -o wide')).toBe('');
    expect(await k('get vm -l app=cap -o name')).toBe('virtualmachine.kubevirt.io/one\n');
    expect(await k('get vm -l app!=cap -o name')).toBe('');
    expect(await k('get vm -A')).toMatch(new RegExp(`^${namespace}\\s+one`, 'm'));
    expect(await k('get all')).toContain('virtualmachine.kubevirt.io/one');
  });

  it('labels, annotates, patches and replaces', async () => {
    await k('create -f -', vm('two'));
    await k('label vm two tier=web');
    await k('annotate vm two note=hello');
    await k('patch vm two --type merge -p {"spec":{"runStrategy":"Always"}}');
    await k('patch vm two --type json -p [{"op":"replace","path":"/metadata/labels/tier","value":"db"}]');
    const object = JSON.parse(await k('get vm two -o json'));
    expect([object.metadata.labels.tier, object.metadata.annotations.note, object.spec.runStrategy]).toEqual([
      'db',
      'hello',
      'Always',
    ]);
    expect(object.metadata.generation).toBe(2);
    await k('replace -f -', { ...object, spec: { ...object.spec, runStrategy: 'Halted' } });
    const stale = await run(['replace', '-f', '-'], object);
    expect(stale.error).toContain('the object has been modified');
    const strategic = await run(['-n', namespace, 'patch', 'vm', 'two', '-p', '{"spec":{}}']);
    expect(strategic.code).toBe(1);
  });

  it('applies on the server, with managers, conflicts and force', async () => {
    const applied = vm('ssa');
    await k('apply --server-side --field-manager a -f -', applied);
    const other = vm('ssa', { spec: { runStrategy: 'Always' } });
    const conflict = await run(['apply', '--server-side', '--field-manager', 'b', '-f', '-'], other);
    expect(conflict.error).toContain('conflict with "a"');
    expect(conflict.error).toContain('.spec.runStrategy');
    await k('apply --server-side --field-manager b --force-conflicts -f -', other);
    const object = JSON.parse(await k('get vm ssa -o json --show-managed-fields'));
    expect(object.spec.runStrategy).toBe('Always');
    const owners = Object.fromEntries(
      object.metadata.managedFields.map((entry: Untyped) => [entry.manager, entry.fieldsV1['f:spec']]),
    );
    expect(owners.b['f:runStrategy']).toEqual({});
    expect(owners.a['f:runStrategy']).toBeUndefined();
  });

  it('strategically merges built-in kinds', async () => {
    await k('create serviceaccount robot');
    await k('patch serviceaccount robot -p {"imagePullSecrets":[{"name":"one"}]}');
    await k('patch serviceaccount robot -p {"imagePullSecrets":[{"name":"two"}]}');
    expect(JSON.parse(await k('get sa robot -o json')).imagePullSecrets).toEqual([
      { name: 'one' },
      { name: 'two' },
    ]);
  });

  it('answers can-i, also as somebody else', async () => {
    await k('create rolebinding look --clusterrole=view --user=bob');
    const canI = async (...args: string[]) =>
      (await run(['-n', namespace, 'auth', 'can-i', ...args])).out.trim();
    expect(await canI('delete', 'vm')).toBe('yes');
    expect(await canI('get', 'vm', '--as', 'bob')).toBe('yes');
    expect(await canI('delete', 'vm', '--as', 'bob')).toBe('no');
    expect(await canI('update', 'virtualmachines.subresources.kubevirt.io/start', '--as', 'bob')).toBe('no');
    const refused = await run(['-n', namespace, 'delete', 'vm', 'one', '--as', 'bob']);
    expect(refused.error).toContain('User "bob" cannot delete resource "virtualmachines"');
  });

  it('issues tokens that log in as the account', async () => {
    await k('create serviceaccount walker');
    const token = (await k('create token walker')).trim();
    const whoami = await running.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      token,
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    });
    expect(whoami.body.status.userInfo).toMatchObject({
      username: `system:serviceaccount:${namespace}:walker`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    });
  });

  it('describes with events', async () => {
    await k('create -f -', vm('seen'));
    const { uid } = JSON.parse(await k('get vm seen -o json')).metadata;
    running.store.create('events', {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { generateName: 'seen.', namespace },
      involvedObject: { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name: 'seen', namespace, uid },
      reason: 'SuccessfulCreate',
      message: 'Started the virtual machine',
      type: 'Normal',
      count: 1,
      lastTimestamp: new Date().toISOString(),
    });
    const out = await k('describe vm seen');
    expect(out).toContain('Run Strategy:  Halted');
    expect(out).toContain('Started the virtual machine');
  });

  it('watches what comes, changes and goes', async () => {
    const child = spawn(
      binary,
      ['--kubeconfig', running.kubeconfig, '-n', namespace, 'get', 'vm', '-w', '--output-watch-events'],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    const until = async (text: RegExp) => {
      while (!text.test(out)) await once(child.stdout, 'data');
    };
    try {
      await until(/ADDED\s+one/);
      await k('create -f -', vm('passing'));
      await until(/ADDED\s+passing/);
      await k('label vm passing a=b');
      await until(/MODIFIED\s+passing/);
      await k('delete vm passing');
      await until(/DELETED\s+passing/);
    } finally {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    }
  });

  it('waits for a deletion until the last finalizer is gone', async () => {
    await k('create -f -', vm('held', { metadata: { finalizers: ['test/hold'] } }));
    let ended = false;
    const deleting = k('delete vm held --wait').then((out) => {
      ended = true;
      return out;
    });
    const isMarked = () =>
      running.store.get('virtualmachines.kubevirt.io', namespace, 'held')?.metadata.deletionTimestamp;
    while (!isMarked()) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ended).toBe(false);
    await k('patch vm held --type merge -p {"metadata":{"finalizers":null}}');
    expect(await deleting).toContain('deleted');
  });

  it('says what the namespace quota has left, and refuses beyond', async () => {
    await k('create quota tight --hard=count/secrets=1,persistentvolumeclaims=0');
    await k('create secret generic first --from-literal=a=b');
    const refused = await run(['-n', namespace, 'create', 'secret', 'generic', 'second']);
    expect(refused.error).toContain(
      'exceeded quota: tight, requested: count/secrets=1, used: count/secrets=1, limited: count/secrets=1',
    );
    expect(await k('describe quota tight')).toMatch(/count\/secrets\s+1\s+1/);
    expect(JSON.parse(await k('get secret first -o json'))).toMatchObject({
      type: 'Opaque',
      data: { a: 'Yg==' },
    });
  });

  it('dry-runs on the server and keeps nothing', async () => {
    expect(await k('create --dry-run=server -f -', vm('ghost'))).toContain('created (server dry run)');
    expect((await run(['-n', namespace, 'get', 'vm', 'ghost'])).error).toContain('NotFound');
  });

  it('deletes the namespace with all that is in it', async () => {
    expect(await k(`delete namespace ${namespace}`)).toContain('deleted');
    expect(running.store.list('virtualmachines.kubevirt.io', namespace)).toEqual([]);
  });
});
