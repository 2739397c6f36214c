import { parse } from 'yaml';
import type { Untyped } from '../store/kube-object.js';
import { forbidden } from '../store/refusals.js';
import type { AdmissionRequest } from './extension.js';
import { RunningServer, virtualMachine } from './testing/running-server.js';

const VMS = '/apis/kubevirt.io/v1/namespaces/default/virtualmachines';
const MERGE = 'application/merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';

describe('the verbs', () => {
  let running: RunningServer;
  const admitted: AdmissionRequest[] = [];

  beforeEach(async () => {
    admitted.length = 0;
    running = await RunningServer.start({
      admission: [
        {
          resources: ['virtualmachines.kubevirt.io'],
          mutate: ({ object }, warnings) => {
            if (object?.metadata.annotations?.warn) warnings.push('unknown field "spec.foo"');
            return { ...object!, spec: { ...object!.spec, mutated: true } };
          },
          validate: (request) => {
            admitted.push(request);
            if (request.object?.metadata.labels?.forbidden)
              throw forbidden(running.store.kinds.require(request.resource), request.name, 'so it is');
          },
        },
      ],
    });
  });
  afterEach(() => running.stopAndRemove());

  const create = async (name: string, more: Untyped = {}) =>
    (await running.call('POST', VMS, { body: virtualMachine(name, more) })).body;
  const patch = (name: string, body: unknown, type: string, query = '') =>
    running.call('PATCH', `${VMS}/${name}${query}`, { body, type });

  it('create runs admission, drops a status and tells warnings', async () => {
    const answer = await running.call('POST', VMS, {
      body: {
        ...virtualMachine('a', { metadata: { annotations: { warn: 'yes' } } }),
        status: { ready: true },
      },
    });
    expect(answer.code).toBe(201);
    expect(answer.body.spec.mutated).toBe(true);
    expect(answer.body.status).toBeUndefined();
    expect(answer.headers.warning).toBe('299 - "unknown field \\"spec.foo\\""');
    expect(admitted[0]).toMatchObject({ operation: 'CREATE', name: 'a', namespace: 'default' });
    const refused = await running.call('POST', VMS, {
      body: virtualMachine('b', { metadata: { labels: { forbidden: 'yes' } } }),
    });
    expect(refused.body.message).toBe('virtualmachines.kubevirt.io "b" is forbidden: so it is');
  });

  it('create takes YAML and gives it back', async () => {
    const answer = await running.call('POST', VMS, {
      type: 'application/yaml',
      headers: { accept: 'application/yaml' },
      body: 'apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {generateName: drawn-}\nspec: {}\n',
    });
    expect(answer.code).toBe(201);
    expect(parse(answer.text).metadata.name).toMatch(/^drawn-\w{5}$/);
  });

  it.each([
    [{ ...virtualMachine('x'), kind: 'VirtualMachineInstance' }, 'cannot be handled as a VirtualMachine'],
    [
      { ...virtualMachine('x'), apiVersion: 'kubevirt.io/v2' },
      'does not match the expected API version (kubevirt.io/v1)',
    ],
    [virtualMachine('x', { metadata: { namespace: 'other' } }), 'the namespace of the provided object'],
    [virtualMachine('x', { metadata: { resourceVersion: '1' } }), 'resourceVersion should not be set'],
    ['[1]', 'the object provided is unrecognized'],
    ['{"kind":"VirtualMachine","metadata":{"__proto__":{"polluted":1}}}', '__proto__'],
  ])('create refuses what is not meant for the place: %#', async (body, message) => {
    const answer = await running.call('POST', VMS, { body });
    expect([answer.code, answer.body.reason]).toEqual([400, 'BadRequest']);
    expect(answer.body.message).toContain(message);
  });

  it('refuses a body beyond 3 MiB and says so', async () => {
    const answer = await running.call('POST', VMS, {
      body: virtualMachine('big', { metadata: { annotations: { a: 'x'.repeat(4_000_000) } } }),
    });
    expect([answer.code, answer.body.reason]).toEqual([413, 'RequestEntityTooLarge']);
  });

  it('update replaces the spec, needs a revision, leaves the status alone', async () => {
    const vm = await create('a');
    const without = { ...vm, metadata: { ...vm.metadata, resourceVersion: undefined } };
    expect((await running.call('PUT', `${VMS}/a`, { body: without })).code).toBe(422);
    const renamed = { ...vm, metadata: { ...vm.metadata, name: 'b' } };
    expect((await running.call('PUT', `${VMS}/a`, { body: renamed })).code).toBe(400);
    const told = await running.call('PUT', `${VMS}/a/status`, {
      body: { ...vm, spec: {}, status: { printableStatus: 'Stopped' } },
    });
    expect([told.body.status.printableStatus, told.body.spec.runStrategy]).toEqual(['Stopped', 'Halted']);
    const next = await running.call('PUT', `${VMS}/a`, {
      body: { ...told.body, spec: { ...vm.spec, runStrategy: 'Always' }, status: {} },
    });
    expect([next.body.spec.runStrategy, next.body.status.printableStatus]).toEqual(['Always', 'Stopped']);
    expect(admitted.at(-1)).toMatchObject({
      operation: 'UPDATE',
      oldObject: { spec: { runStrategy: 'Halted' } },
    });
  });

  it('patches by merge, by operations, with preconditions', async () => {
    await create('a');
    expect(
      (await patch('a', { metadata: { labels: { app: null, x: 'y' } } }, MERGE)).body.metadata.labels,
    ).toEqual({
      x: 'y',
    });
    const test = { op: 'test', path: '/spec/runStrategy', value: 'Always' };
    const replace = { op: 'replace', path: '/spec/runStrategy', value: 'Manual' };
    expect((await patch('a', [test, replace], JSON_PATCH)).code).toBe(422);
    expect((await patch('a', [replace], JSON_PATCH)).body.spec.runStrategy).toBe('Manual');
    expect((await patch('a', { metadata: { resourceVersion: '1' } }, MERGE)).code).toBe(409);
    expect((await patch('a', { spec: {} }, 'application/strategic-merge-patch+json')).code).toBe(415);
    expect((await patch('a', '{"spec":', MERGE)).code).toBe(400);
    expect((await patch('a', '{"__proto__":{"polluted":1}}', MERGE)).code).toBe(400);
    expect(({} as Untyped).polluted).toBeUndefined();
    expect((await patch('nope', {}, MERGE)).code).toBe(404);
    const status = await running.call('PATCH', `${VMS}/a/status`, {
      body: { status: { ready: true }, spec: { runStrategy: 'Halted' } },
      type: MERGE,
    });
    expect([status.body.status, status.body.spec.runStrategy]).toEqual([{ ready: true }, 'Manual']);
  });

  it('twenty patches at once all land', async () => {
    await create('a');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => patch('a', { metadata: { labels: { [`l${at}`]: 'x' } } }, MERGE)),
    );
    expect(answers.map((answer) => answer.code)).toEqual(Array(20).fill(200));
    const { metadata } = (await running.call('GET', `${VMS}/a`)).body;
    expect(Object.keys(metadata.labels)).toHaveLength(21);
  });

  it('a no-change leaves the revision', async () => {
    const vm = await create('a');
    const same = await patch('a', { spec: { runStrategy: 'Halted' } }, MERGE);
    expect(same.body.metadata.resourceVersion).toBe(vm.metadata.resourceVersion);
  });

  it('dry runs tell what would be and change nothing', async () => {
    await create('a');
    const before = running.store.revision;
    const query = '?dryRun=All';
    expect((await running.call('POST', `${VMS}${query}`, { body: virtualMachine('b') })).code).toBe(201);
    expect((await patch('a', { spec: { runStrategy: 'Always' } }, MERGE, query)).body.spec.runStrategy).toBe(
      'Always',
    );
    expect((await running.call('DELETE', `${VMS}/a${query}`)).code).toBe(200);
    expect(running.store.revision).toBe(before);
    expect((await running.call('DELETE', `${VMS}/a?dryRun=Some`)).code).toBe(422);
  });

  it('delete answers a Status with the uid, or the object that waits', async () => {
    const vm = await create('a');
    const gone = await running.call('DELETE', `${VMS}/a`);
    expect(gone.body).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'a', group: 'kubevirt.io', kind: 'virtualmachines', uid: vm.metadata.uid },
    });
    await create('b', { metadata: { finalizers: ['test/hold'] } });
    const waiting = await running.call('DELETE', `${VMS}/b`, {
      body: { preconditions: { uid: 'another' } },
    });
    expect(waiting.code).toBe(409);
    const marked = await running.call('DELETE', `${VMS}/b?propagationPolicy=Foreground`);
    expect(marked.body.metadata).toMatchObject({
      finalizers: ['test/hold', 'foregroundDeletion'],
      deletionGracePeriodSeconds: 0,
    });
  });

  it('deletecollection takes what is selected', async () => {
    for (const [name, tier] of [
      ['a', 'web'],
      ['b', 'web'],
      ['c', 'db'],
    ] as const)
      await create(name, { metadata: { labels: { tier } } });
    const answer = await running.call('DELETE', `${VMS}?labelSelector=tier=web`);
    expect(answer.body.items).toHaveLength(2);
    expect(running.store.list('virtualmachines.kubevirt.io').map((vm) => vm.metadata.name)).toEqual(['c']);
  });

  it('lists in pages, by label and by field, in any served version', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await create(name);
    const names: string[] = [];
    let next = '';
    let pages = 0;
    do {
      const page = (await running.call('GET', `${VMS}?limit=2&continue=${next}`)).body;
      names.push(...page.items.map((vm: Untyped) => vm.metadata.name));
      next = page.metadata.continue ?? '';
      pages++;
    } while (next);
    expect([names.join(''), pages]).toEqual(['abcde', 3]);
    const count = async (query: string) => (await running.call('GET', `${VMS}?${query}`)).body.items.length;
    expect(await count('fieldSelector=metadata.name%3Db')).toBe(1);
    expect(await count('fieldSelector=metadata.name!%3Db')).toBe(4);
    expect(await count('labelSelector=constructor')).toBe(0);
    expect((await running.call('GET', `${VMS}?fieldSelector=spec.x%3D1`)).code).toBe(400);
    const old = await running.call('GET', VMS.replace('/v1/', '/v1alpha3/'));
    expect(new Set(old.body.items.map((vm: Untyped) => vm.apiVersion))).toEqual(
      new Set(['kubevirt.io/v1alpha3']),
    );
    const partial = await running.call('GET', VMS, {
      headers: { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' },
    });
    expect(partial.body.kind).toBe('PartialObjectMetadataList');
    expect(partial.body.items[0].spec).toBeUndefined();
    const future = await running.call('GET', `${VMS}?resourceVersion=${running.store.revision + 10}`);
    expect(future.body).toMatchObject({ code: 504, reason: 'Timeout' });
  });

  it('a continue token of a compacted revision is 410', async () => {
    for (const name of ['a', 'b']) await create(name);
    const page = (await running.call('GET', `${VMS}?limit=1`)).body;
    await create('c');
    running.store.compact();
    const answer = await running.call('GET', `${VMS}?limit=1&continue=${page.metadata.continue}`);
    expect([answer.code, answer.body.reason]).toEqual([410, 'Expired']);
  });

  it('says 404, 405 and 406 where they are due', async () => {
    expect((await running.call('GET', '/apis/kubevirt.io/v1/nonsense')).code).toBe(404);
    expect((await running.call('GET', '/apis/kubevirt.io/v9/virtualmachines')).code).toBe(404);
    await create('a');
    expect((await running.call('POST', `${VMS}/a`, { body: {} })).code).toBe(405);
    expect((await running.call('DELETE', '/api/v1/namespaces')).code).toBe(405);
    expect((await running.call('GET', VMS, { headers: { accept: 'image/png' } })).code).toBe(406);
    const vmi = '/apis/kubevirt.io/v1/namespaces/default/virtualmachineinstances/x/status';
    expect((await running.call('GET', vmi)).code).toBe(404);
  });

  it('scales pools', async () => {
    const pools = '/apis/pool.kubevirt.io/v1beta1/namespaces/default/virtualmachinepools';
    await running.call('POST', pools, {
      body: {
        apiVersion: 'pool.kubevirt.io/v1beta1',
        kind: 'VirtualMachinePool',
        metadata: { name: 'p' },
        spec: { replicas: 1, selector: { matchLabels: { a: 'b' } } },
      },
    });
    const patched = await running.call('PATCH', `${pools}/p/scale`, {
      body: { spec: { replicas: 3 } },
      type: MERGE,
    });
    expect(patched.body).toMatchObject({ kind: 'Scale', spec: { replicas: 3 }, status: { selector: 'a=b' } });
    const stale = { ...patched.body, metadata: { ...patched.body.metadata, resourceVersion: '1' } };
    expect((await running.call('PUT', `${pools}/p/scale`, { body: stale })).code).toBe(409);
    expect((await running.call('GET', `${pools}/p`)).body.spec.replicas).toBe(3);
  });

  it('fills built-in kinds in', async () => {
    const secret = await running.call('POST', '/api/v1/namespaces/default/secrets', {
      body: { metadata: { name: 's' }, stringData: { key: 'value' } },
    });
    expect(secret.body).toMatchObject({ type: 'Opaque', data: { key: 'dmFsdWU=' } });
    expect(secret.body.stringData).toBeUndefined();
    running.store.create('storageclasses.storage.k8s.io', {
      apiVersion: '',
      kind: '',
      metadata: { name: 'std', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'p',
    });
    const claim = await running.call('POST', '/api/v1/namespaces/default/persistentvolumeclaims', {
      body: { metadata: { name: 'c' }, spec: { accessModes: ['ReadWriteOnce'] } },
    });
    expect(claim.body.spec).toMatchObject({ storageClassName: 'std', volumeMode: 'Filesystem' });
  });
});
