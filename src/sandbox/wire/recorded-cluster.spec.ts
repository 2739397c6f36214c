import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Untyped } from '../store/kube-object.js';
import { servedKinds } from '../store/served-kinds.js';
import { ruleAllows } from './rbac-authorizer.js';
import { columnDefinitions } from './table/table.js';
import { RunningServer, virtualMachine } from './testing/running-server.js';

/** Recordings of a real KubeVirt v1.3.1 cluster; they live beside the checkout, not in it. */
const RECORDINGS = resolve(import.meta.dirname, '../../../../shared/reference/live-v1.3.1');
const recorded = (path: string): Untyped => JSON.parse(readFileSync(join(RECORDINGS, path), 'utf8'));
const describeRecorded = existsSync(RECORDINGS) ? describe : describe.skip;
if (!existsSync(RECORDINGS)) console.warn(`skipped: no recordings of a real cluster at ${RECORDINGS}`);

const VMS = '/apis/kubevirt.io/v1/namespaces/team-a/virtualmachines';
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };

describeRecorded('against the recorded cluster', () => {
  let running: RunningServer;
  let tokens: Record<'alice' | 'bob' | 'carol', string>;

  beforeAll(async () => {
    running = await RunningServer.start({
      subresources: [
        {
          group: 'subresources.kubevirt.io',
          versions: ['v1', 'v1alpha3'],
          resource: 'virtualmachines',
          subresource: 'start',
          method: 'PUT',
          handle: () => ({ code: 202 }),
        },
      ],
    });
    tokens = {
      alice: running.tokenOf('alice'),
      bob: running.tokenOf('bob'),
      carol: running.tokenOf('carol'),
    };
    for (const namespace of ['team-a', 'team-b']) {
      running.store.create('namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace },
      });
      for (const [user, role] of [
        ['alice', 'admin'],
        ['bob', 'view'],
      ] as const)
        running.store.create('rolebindings.rbac.authorization.k8s.io', {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'RoleBinding',
          metadata: { name: user, namespace },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
          subjects: [{ kind: 'User', name: user }],
        });
    }
    await running.call('POST', VMS, { body: virtualMachine('cap1') });
    running.store.create('resourcequotas', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'team-b-quota', namespace: 'team-b' },
      spec: { hard: { 'count/virtualmachines.kubevirt.io': '3' } },
    });
  });
  afterAll(() => running.stopAndRemove());

  interface Asked {
    as?: 'alice' | 'bob' | 'carol' | null | 'stranger';
    method?: string;
    path?: string;
    body?: unknown;
    type?: string;
  }
  const requests: Record<string, Asked> = {
    '401-anonymous': { as: null },
    '401-bad-token': { as: 'stranger' },
    '403-list': { as: 'carol' },
    '403-start': {
      as: 'bob',
      method: 'PUT',
      path: '/apis/subresources.kubevirt.io/v1/namespaces/team-a/virtualmachines/cap1/start',
    },
    '403-cluster-list': { path: '/apis/kubevirt.io/v1/virtualmachines' },
    '404-vm': { path: `${VMS}/nope` },
    '404-group': { path: '/apis/nope.io/v1' },
    '409-exists': { method: 'POST', body: virtualMachine('cap1') },
    '409-stale-update': {
      method: 'PUT',
      path: `${VMS}/cap1`,
      body: virtualMachine('cap1', { metadata: { resourceVersion: '1' } }),
    },
    '422-bad-name': { method: 'POST', body: virtualMachine('Bad_Name') },
    '400-bad-json': { method: 'POST', body: '{"apiVersion":' },
    '415-content-type': { method: 'POST', body: 'hello', type: 'text/plain' },
    '400-method': { method: 'PATCH', body: {}, type: 'application/merge-patch+json' },
    '400-bad-label-selector': { path: `${VMS}?labelSelector=%3D%3D` },
    '400-limit': { path: `${VMS}?limit=abc` },
    '400-continue': { path: `${VMS}?limit=1&continue=bad` },
  };

  test.each(Object.keys(requests))('%s', async (name) => {
    const { as = 'alice', method = 'GET', path = VMS, body, type } = requests[name] as Asked;
    const token = as === null ? null : as === 'stranger' ? 'no-such-token' : tokens[as];
    // The unknown group was asked for by one who may read every path.
    const asked = name === '404-group' ? {} : { token };
    const answer = await running.call(method, path, { ...asked, body, type });
    const text = readFileSync(join(RECORDINGS, `errors/${name}.json`), 'utf8');
    const head = readFileSync(join(RECORDINGS, `errors/${name}.headers`), 'utf8');
    expect(answer.code).toBe(Number(/^HTTP\/\S+ (\d+)/.exec(head)?.[1]));
    for (const header of ['content-type', 'cache-control', 'x-content-type-options'])
      expect([header, answer.headers[header]]).toEqual([
        header,
        new RegExp(`^${header}: (.*?)\\r?$`, 'm').exec(head)?.[1],
      ]);
    if (answer.body) expect(answer.body).toEqual(JSON.parse(text));
    else expect(answer.text).toBe(text);
  });

  test('quota: three are created, the fourth is refused', async () => {
    const path = VMS.replace('team-a', 'team-b');
    for (const name of ['q1', 'q2', 'q3']) {
      const created = await running.call('POST', path, {
        token: tokens.alice,
        body: virtualMachine(name),
        headers: { 'user-agent': 'curl/8' },
      });
      expect(created.code).toBe(201);
      const expected = recorded(`errors/201-quota-create-${name.slice(1)}.json`);
      expect(Object.keys(created.body.metadata).sort()).toEqual(Object.keys(expected.metadata).sort());
      const [fields] = created.body.metadata.managedFields;
      expect({ ...fields, time: '' }).toEqual({ ...expected.metadata.managedFields[0], time: '' });
    }
    const refused = await running.call('POST', path, { token: tokens.alice, body: virtualMachine('q4') });
    expect(refused.code).toBe(403);
    expect(refused.body).toEqual(recorded('errors/403-quota-create-4.json'));
  });

  test('the default roles allow what they did', () => {
    const served = (group: string, resource: string) => {
      const [plural, subresource] = resource.split('/') as [string, string?];
      if (group === 'subresources.kubevirt.io' || group === 'upload.cdi.kubevirt.io') return true;
      const kind = servedKinds.find(group === '' ? plural : `${plural}.${group}`);
      return (
        kind !== undefined && (subresource === undefined || (subresource === 'status' && kind.hasStatus))
      );
    };
    // KubeVirt v1.5 moved migrations into the role kubevirt.io:migrate, which no default role takes in.
    const moved = (resource: string, verb: string) =>
      resource === 'virtualmachines/migrate' ||
      (resource === 'virtualmachineinstancemigrations' && !['get', 'list', 'watch'].includes(verb));
    const missing: string[] = [];
    let checked = 0;
    for (const document of parseAllDocuments(
      readFileSync(join(RECORDINGS, 'clusterroles-default-users.yaml'), 'utf8'),
    )) {
      const role = document.toJS();
      const ours = running.store.get(
        'clusterroles.rbac.authorization.k8s.io',
        undefined,
        role?.metadata?.name,
      );
      for (const rule of role?.rules ?? [])
        for (const group of rule.apiGroups ?? [])
          for (const resource of rule.resources ?? [])
            for (const verb of rule.verbs) {
              if (!served(group, resource) || moved(resource, verb)) continue;
              checked++;
              if (!ours?.rules?.some((own: Untyped) => ruleAllows(own, { verb, group, resource })))
                missing.push(`${role.metadata.name}: ${verb} ${resource}.${group}`);
            }
    }
    expect(checked).toBeGreaterThan(500);
    // v1.9 left the screenshot to `admin`.
    const screenshot = 'get virtualmachineinstances/vnc/screenshot.subresources.kubevirt.io';
    expect(missing).toEqual([`edit: ${screenshot}`, `kubevirt.io:edit: ${screenshot}`]);
  });

  const served = existsSync(RECORDINGS)
    ? readdirSync(join(RECORDINGS, 'discovery')).filter((file) => {
        const [, group = '', version = ''] = /^apis?_(?:(.+)_)?([^_]+)\.json$/.exec(file) ?? [];
        return servedKinds.groups().get(group)?.includes(version);
      })
    : [];
  test.each(served)('discovery %s', async (file) => {
    const path = `/${file.replace(/\.json$/, '').replaceAll('_', '/')}`;
    const answer = await running.call('GET', path);
    expect(answer.code).toBe(200);
    const expected = recorded(`discovery/${file}`);
    expect(answer.body.groupVersion).toBe(expected.groupVersion);
    const comparable = ({ verbs, storageVersionHash: _hash, ...rest }: Untyped) => ({
      ...rest,
      verbs: verbs && [...verbs].sort(),
    });
    const known = new Map(expected.resources.map((entry: Untyped) => [entry.name, comparable(entry)]));
    const ours = answer.body.resources.map(comparable);
    expect(ours.length).toBeGreaterThan(0);
    // Kinds that came after v1.3.1, or belong to a later Kubernetes, have no counterpart in the recording.
    for (const entry of ours) if (known.has(entry.name)) expect(entry).toEqual(known.get(entry.name));
    expect(
      ours.filter((entry: Untyped) => !known.has(entry.name)).map((entry: Untyped) => entry.name),
    ).toEqual([]);
  });

  const tables = existsSync(RECORDINGS)
    ? readdirSync(join(RECORDINGS, 'tables')).map((file) => file.replace(/\.json$/, ''))
    : [];
  test.each(tables)('table of %s', (plural) => {
    const expected = recorded(`tables/${plural}.json`);
    const kind = servedKinds.all.find((candidate) => candidate.plural === plural);
    const withoutWords = ({ description: _description, ...rest }: Untyped) => rest;
    expect(columnDefinitions(kind!).map(withoutWords)).toEqual(expected.columnDefinitions.map(withoutWords));
  });

  test('cells of recorded objects', async () => {
    const objects = (file: string) =>
      parseAllDocuments(readFileSync(join(RECORDINGS, `objects/${file}`), 'utf8')).flatMap((document) => {
        const value = document.toJS();
        return value?.items ?? [value];
      });
    const [vmi] = objects('vmi.yaml');
    const [dv] = objects('dv.yaml');
    const [pvc] = objects('pvc.yaml');
    for (const [plural, object] of [
      ['virtualmachineinstances', vmi],
      ['datavolumes', dv],
      ['persistentvolumeclaims', pvc],
    ] as const) {
      const kind = servedKinds.all.find((candidate) => candidate.plural === plural)!;
      const metadata = { ...object.metadata, ownerReferences: undefined, resourceVersion: undefined };
      const created = running.store.create(kind.resource, { ...object, metadata });
      if (object.status) running.store.update(kind.resource, { ...created, status: object.status }, 'status');
      const table = await running.call(
        'GET',
        `/${kind.group ? `apis/${kind.group}/` : 'api/'}${kind.versions[0]}/namespaces/team-a/${plural}`,
        { headers: TABLE },
      );
      const expected = recorded(`tables/${plural}.json`);
      const names: string[] = expected.columnDefinitions.map((column: Untyped) => column.name);
      const withoutAge = (cells: Untyped[]) => cells.filter((_, at) => names[at] !== 'Age');
      expect(table.body.rows.map((row: Untyped) => withoutAge(row.cells))).toEqual(
        expected.rows.map((row: Untyped) => withoutAge(row.cells)),
      );
      expect(Object.keys(table.body.rows[0].object).sort()).toEqual(
        Object.keys(expected.rows[0].object).sort(),
      );
    }
  });

  test('a table watch tells its columns once, then null', async () => {
    const lines = readFileSync(join(RECORDINGS, 'watch/vm-table.ndjson'), 'utf8').trim().split('\n');
    const [first, second] = lines.map((line) => JSON.parse(line).object.columnDefinitions);
    const events = running.watch(`${VMS}?watch=true`, (seen) => seen.length >= 2, TABLE);
    await running.call('POST', VMS, { body: virtualMachine('second') });
    const [one, two] = (await events).map((event) => event.object.columnDefinitions);
    expect(one.map((column: Untyped) => column.name)).toEqual(first.map((column: Untyped) => column.name));
    expect(two).toEqual(second);
  });
});
