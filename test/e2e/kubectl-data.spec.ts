import { execFile, execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { parse, parseAllDocuments } from 'yaml';
import { ImageServer } from '../support/image-server.js';
import { describeWith } from '../support/machines.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

const run = promisify(execFile);
const MIB = 1024 * 1024;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What somebody does with kubectl and virtctl beside virtgate, on the same objects: their requests, step by step. */
describeWith(['kubectl', 'qemu-img'], 'kubectl and virtctl handle data', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'virtgate-kubectl-data-'));
  const content = randomBytes(4 * MIB);
  let virtgate: Virtgate;
  let images: ImageServer;
  let namespace: string;
  let ca: string;
  let files = 0;
  let exports = 0;

  beforeAll(async () => {
    writeFileSync(join(scratch, 'image.img'), content);
    images = await ImageServer.start(join(scratch, 'image.img'));
    virtgate = await Virtgate.start({
      env: { SANDBOX_DRIVER: 'simulated', IMPORT_ALLOWED_HOSTS: `${images.host},127.0.0.1` },
    });
    const { body } = await virtgate.rest('POST', '/projects/demo/vms', {
      name: 'web',
      cpus: 1,
      memory: '64Mi',
      bootDisk: { url: `${images.origin}/image.img`, size: '16Mi' },
    });
    expect((await virtgate.settled(body)).state).toBe('SUCCEEDED');
    namespace = (
      await kubectl('get', 'ns', '-l', 'virtgate.io/project=demo', '-o', 'jsonpath={.items[0].metadata.name}')
    ).trim();
    const config = parse(await kubectl('config', 'view', '--raw', '-o', 'yaml'));
    ca = Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64').toString();
  }, 240_000);

  afterAll(async () => {
    await virtgate?.stop();
    await images?.stop();
    rmSync(scratch, { recursive: true, force: true });
  }, 60_000);

  const kubectl = async (...args: string[]): Promise<string> => {
    const flags = ['--kubeconfig', virtgate.kubeconfig, `--cache-dir=${scratch}/cache`];
    const { stdout } = await run('kubectl', [...flags, ...args], { maxBuffer: 16 * MIB });
    return stdout;
  };
  const inProject = (...args: string[]): Promise<string> => kubectl('-n', namespace, ...args);
  const file = (yaml: string): string => {
    files += 1;
    const path = join(scratch, `${files}.yaml`);
    writeFileSync(path, yaml);
    return path;
  };
  const apply = (yaml: string): Promise<string> => inProject('apply', '-f', file(yaml));
  const field = (what: string, path: string): Promise<string> =>
    inProject('get', what, '-o', `jsonpath={${path}}`);
  /** `kubectl wait --for=jsonpath` is younger than some that are in use. */
  const becomes = (what: string, path: string, value: string): Promise<void> =>
    until(`${path} of ${what} is ${value}`, async () => (await field(what, path)) === value);
  const api = async (path: string): Promise<Json> =>
    (await virtgate.rest('GET', `/projects/demo${path}`)).body;
  const act = async (method: string, path: string, body?: Json): Promise<Json> => {
    const answer = await virtgate.rest(method, `/projects/demo${path}`, body);
    expect([path, answer.status]).toEqual([path, 202]);
    const { state, error, result } = await virtgate.settled(answer.body);
    expect([path, state, error]).toEqual([path, 'SUCCEEDED', null]);
    return result;
  };
  /** Over TLS that trusts `authority` alone. */
  const ask = (
    method: string,
    url: string,
    authority: string,
    headers: Record<string, string>,
    body?: Buffer,
  ): Promise<{ status: number; body: Buffer }> =>
    new Promise((resolve, reject) => {
      const length = body ? { 'content-length': body.length } : {};
      // Kept alive, as Go's clients do: so whoever is refused may go on sending, and reads why.
      const agent = new Agent({ keepAlive: true, ca: authority });
      const options = { method, headers: { ...headers, ...length }, agent };
      const sent = request(url, options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          agent.destroy();
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) });
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  const bytesOf = async (disk: string): Promise<Buffer> => {
    exports += 1;
    const name = `look-${exports}`;
    await act('POST', '/exports', { name, source: { disk } });
    const [volume] = (await api(`/exports/${name}`)).volumes;
    const answer = await fetch(
      `${virtgate.url}/api/v1/projects/demo/exports/${name}/volumes/${volume.name}`,
      { headers: { authorization: `Bearer ${virtgate.token}` } },
    );
    expect(answer.status).toBe(200);
    const bytes = Buffer.from(await answer.arrayBuffer());
    await act('DELETE', `/exports/${name}`);
    return bytes;
  };

  it('a snapshot by YAML is a snapshot of the project', async () => {
    const made = await apply(`
apiVersion: snapshot.kubevirt.io/v1beta1
kind: VirtualMachineSnapshot
metadata:
  name: by-hand
spec:
  source: { apiGroup: kubevirt.io, kind: VirtualMachine, name: web }
`);
    expect(made).toContain('virtualmachinesnapshot.snapshot.kubevirt.io/by-hand created');
    await inProject('wait', '--for=condition=Ready', 'vmsnapshot/by-hand', '--timeout=60s');
    expect(await inProject('get', 'vmsnapshot')).toMatch(
      /NAME\s+SOURCEKIND\s+SOURCENAME\s+PHASE\s+READYTOUSE\s+CREATIONTIME\s+ERROR[\s\S]*by-hand\s+VirtualMachine\s+web\s+Succeeded\s+true/,
    );
    await until('the gateway has seen it', async () => (await api('/snapshots/by-hand')).ready === true);
    expect(await api('/snapshots/by-hand')).toMatchObject({
      virtualMachine: 'web',
      state: 'Succeeded',
      consistency: 'crash',
      createdBy: null,
    });
    const { project } = await virtgate.graphql(
      '{ project(name: "demo") { virtualMachine(name: "web") { snapshots { nodes { name ready } } } } }',
    );
    expect(project.virtualMachine.snapshots.nodes).toEqual([{ name: 'by-hand', ready: true }]);
  }, 240_000);

  it('a restore by YAML brings the machine back, and the gateway shows its new disk', async () => {
    await act('POST', '/vms/web/stop', { force: true });
    const before = (await api('/vms/web')).disks[0].claim;
    await apply(`
apiVersion: snapshot.kubevirt.io/v1beta1
kind: VirtualMachineRestore
metadata:
  name: back-by-hand
spec:
  target: { apiGroup: kubevirt.io, kind: VirtualMachine, name: web }
  virtualMachineSnapshotName: by-hand
`);
    await inProject('wait', '--for=condition=Ready', 'vmrestore/back-by-hand', '--timeout=60s');
    expect(await field('vmrestore/back-by-hand', '.status.complete')).toBe('true');
    const claim = await field('vmrestore/back-by-hand', '.status.restores[0].persistentVolumeClaim');
    await until('the machine has the restored disk', async () => {
      return (await api('/vms/web')).disks[0].claim === claim;
    });
    expect(claim).not.toBe(before);
    await until(
      'the restore is seen',
      async () => (await api('/restores/back-by-hand')).state === 'Succeeded',
    );
    const { items, total } = await api('/restores?vm=web&snapshot=by-hand');
    expect([total, items]).toMatchObject([
      1,
      [{ name: 'back-by-hand', volumes: [{ claim }], operation: null, createdBy: null }],
    ]);
    expect((await api('/restores?vm=other')).total).toBe(0);
    const { project } = await virtgate.graphql(
      `{ project(name: "demo") { restore(name: "back-by-hand") { id uid state }
         restores(virtualMachine: "web") { totalCount nodes { name snapshot } } } }`,
    );
    expect(project.restore).toMatchObject({ uid: items[0].id, state: 'Succeeded' });
    expect(project.restores).toEqual({
      totalCount: 1,
      nodes: [{ name: 'back-by-hand', snapshot: 'by-hand' }],
    });
    const { node } = await virtgate.graphql(
      'query ($id: ID!) { node(id: $id) { ... on Restore { virtualMachine } } }',
      { id: project.restore.id },
    );
    expect(node).toEqual({ virtualMachine: 'web' });
    await until('the disk is seen', async () => (await api(`/disks/${claim}`)).state === 'Ready');
    expect(await api(`/disks/${claim}`)).toMatchObject({ attachedTo: [{ machine: 'web', running: false }] });
    expect((await bytesOf(claim)).subarray(0, content.length).equals(content)).toBe(true);
    await act('POST', '/vms/web/start', {});
    await act('POST', '/vms/web/stop', { force: true });
  }, 240_000);

  it('a DataVolume by YAML is a disk of the project, which machines can have', async () => {
    await apply(`
apiVersion: cdi.kubevirt.io/v1beta1
kind: DataVolume
metadata:
  name: imported
  annotations:
    cdi.kubevirt.io/storage.bind.immediate.requested: "true"
spec:
  source: { http: { url: "${images.origin}/image.img" } }
  storage: { resources: { requests: { storage: 16Mi } } }
`);
    await inProject('wait', '--for=condition=Ready', 'dv/imported', '--timeout=60s');
    expect(await inProject('get', 'dv', 'imported')).toMatch(
      /NAME\s+PHASE\s+PROGRESS\s+RESTARTS\s+AGE\s+imported\s+Succeeded\s+100\.0%/,
    );
    await until('the gateway has seen it', async () => (await api('/disks/imported')).state === 'Ready');
    expect(await api('/disks/imported')).toMatchObject({ name: 'imported', attachedTo: [], createdBy: null });
    expect((await bytesOf('imported')).subarray(0, content.length).equals(content)).toBe(true);
    await act('POST', '/vms/web/disks', { disk: 'imported' });
    expect(await field('vm/web', '.spec.template.spec.volumes[*].persistentVolumeClaim.claimName')).toContain(
      'imported',
    );
    await act('DELETE', '/vms/web/disks/imported');
  }, 240_000);

  /** `virtctl image-upload`: the token, whether the proxy knows the asynchronous way, and the bytes. */
  const uploadAs = async (claim: string, way: 'upload' | 'upload-async', bytes: Buffer): Promise<void> => {
    const proxy = await field('cdiconfig/config', '.status.uploadProxyURL');
    const url = proxy.startsWith('https://') ? proxy : `https://${proxy}`;
    const wanted = file(`
apiVersion: upload.cdi.kubevirt.io/v1beta1
kind: UploadTokenRequest
metadata: { name: token-for-virtctl }
spec: { pvcName: ${claim} }
`);
    const token = await inProject('create', '-f', wanted, '-o', 'jsonpath={.status.token}');
    expect(token.split('.')).toHaveLength(3);
    const authorization = { authorization: `Bearer ${token}` };
    expect((await ask('HEAD', `${url}/v1beta1/upload-async`, ca, authorization)).status).toBe(200);
    const headers = { ...authorization, 'content-type': 'application/octet-stream' };
    const sent = await ask('POST', `${url}/v1beta1/${way}`, ca, headers, bytes);
    expect([sent.status, sent.body.toString()]).toEqual([200, '']);
    await becomes(
      `pvc/${claim}`,
      '.metadata.annotations.cdi\\.kubevirt\\.io/storage\\.pod\\.phase',
      'Succeeded',
    );
    // A second image for the same disk is refused, as CDI does.
    const again = await ask('POST', `${url}/v1beta1/upload`, ca, headers, bytes);
    expect(again.status).toBe(503);
  };

  it('virtctl image-upload of a DataVolume, asynchronously', async () => {
    const qcow2 = join(scratch, 'image.qcow2');
    execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', join(scratch, 'image.img'), qcow2]);
    await inProject(
      'create',
      '-f',
      file(`
apiVersion: cdi.kubevirt.io/v1beta1
kind: DataVolume
metadata:
  name: sent-dv
  annotations: { cdi.kubevirt.io/storage.bind.immediate.requested: "" }
spec:
  source: { upload: {} }
  storage: { resources: { requests: { storage: 16Mi } } }
`),
    );
    await becomes('dv/sent-dv', '.status.phase', 'UploadReady');
    await until(
      'it waits for its content',
      async () => (await api('/disks/sent-dv')).state === 'UploadReady',
    );
    await uploadAs('sent-dv', 'upload-async', execFileSync('cat', [qcow2], { maxBuffer: 16 * MIB }));
    await inProject('wait', '--for=condition=Ready', 'dv/sent-dv', '--timeout=60s');
    await until('the disk is ready', async () => (await api('/disks/sent-dv')).state === 'Ready');
    expect((await bytesOf('sent-dv')).subarray(0, content.length).equals(content)).toBe(true);
  }, 240_000);

  it('virtctl image-upload of a claim', async () => {
    await apply(`
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: sent-pvc
  annotations:
    cdi.kubevirt.io/storage.upload.target: ""
    cdi.kubevirt.io/storage.contentType: kubevirt
    cdi.kubevirt.io/storage.bind.immediate.requested: ""
spec:
  accessModes: [ReadWriteOnce]
  resources: { requests: { storage: 16Mi } }
`);
    await becomes('pvc/sent-pvc', '.metadata.annotations.cdi\\.kubevirt\\.io/storage\\.pod\\.ready', 'true');
    await uploadAs('sent-pvc', 'upload', content);
    await until('the disk is ready', async () => (await api('/disks/sent-pvc')).state === 'Ready');
    expect(await api('/disks/sent-pvc')).toMatchObject({ name: 'sent-pvc', attachedTo: [] });
    expect((await bytesOf('sent-pvc')).subarray(0, content.length).equals(content)).toBe(true);
  }, 240_000);

  it('an export by YAML, downloaded as virtctl vmexport does, is an export of the project', async () => {
    await apply(`
apiVersion: export.kubevirt.io/v1beta1
kind: VirtualMachineExport
metadata: { name: out-by-hand }
spec:
  source: { apiGroup: kubevirt.io, kind: VirtualMachine, name: web }
  tokenSecretRef: secret-out-by-hand
  ttlDuration: 30m
`);
    await inProject(
      'create',
      'secret',
      'generic',
      'secret-out-by-hand',
      '--from-literal=token=xyzzy-by-hand',
    );
    await becomes('vmexport/out-by-hand', '.status.phase', 'Ready');
    const { status } = JSON.parse(await inProject('get', 'vmexport', 'out-by-hand', '-o', 'json'));
    const secret = await field(`secret/${status.tokenSecretRef}`, '.data.token');
    const token = { 'x-kubevirt-export-token': Buffer.from(secret, 'base64').toString() };
    const { cert, volumes, manifests } = status.links.external;
    expect(volumes).toHaveLength(1);
    const urlOf = (format: string): string =>
      volumes[0].formats.find((one: Json) => one.format === format).url;

    const gzip = await ask('GET', urlOf('gzip'), cert, token);
    expect(gzip.status).toBe(200);
    const whole = gunzipSync(gzip.body);
    expect(whole.length).toBe(16 * MIB);
    expect(whole.subarray(0, content.length).equals(content)).toBe(true);
    const raw = await ask('GET', urlOf('raw'), cert, token);
    expect(sha256(raw.body)).toBe(sha256(whole));
    expect((await ask('GET', urlOf('raw'), cert, {})).status).toBe(401);

    // `virtctl vmexport download --manifest --include-secret`, as it asks by itself and with json.
    const manifest = async (type: string, accept: string): Promise<string> => {
      const { url } = manifests.find((one: Json) => one.type === type);
      const answer = await ask('GET', url, cert, { ...token, accept });
      expect([type, answer.status]).toEqual([type, 200]);
      return answer.body.toString();
    };
    const kinds = ['ConfigMap', 'VirtualMachine', 'DataVolume'];
    const documents = parseAllDocuments(await manifest('all', 'application/yaml'))
      .map((document) => document.toJS())
      .filter((document) => document !== null);
    expect(documents.map(({ kind }) => kind)).toEqual(kinds);
    expect(JSON.parse(await manifest('all', 'application/json')).items).toEqual(documents);
    const [header] = parseAllDocuments(await manifest('auth-header-secret', 'application/yaml'));
    expect(header?.toJS().stringData.token).toBe('x-kubevirt-export-token:xyzzy-by-hand');

    await until('the gateway has seen it', async () => (await api('/exports/out-by-hand')).state === 'Ready');
    const seen = await api('/exports/out-by-hand');
    expect(seen).toMatchObject({ source: { vm: 'web' }, ttlSeconds: 1800, createdBy: null });
    expect(JSON.stringify(seen)).not.toContain('xyzzy');
    // Its token is its maker's.
    const download = await virtgate.rest(
      'GET',
      `/projects/demo/exports/out-by-hand/volumes/${seen.volumes[0].name}`,
    );
    expect([download.status, download.body.code]).toEqual([409, 'export.foreign']);
    await inProject('delete', 'vmexport', 'out-by-hand', '--timeout=60s');
    await until('it is gone', async () => {
      return (await virtgate.rest('GET', '/projects/demo/exports/out-by-hand')).status === 404;
    });
  }, 240_000);

  it('an export of the gateway goes to another cluster as manifests, with secrets only for whoever may', async () => {
    const userData = '#cloud-config\npassword: swordfish\n';
    const vmNow = JSON.parse(await inProject('get', 'vm', 'web', '-o', 'json'));
    const seed = vmNow.spec.template.spec.volumes.findIndex((one: Json) => one.cloudInitNoCloud);
    const seedPath = `/spec/template/spec/volumes/${seed}/cloudInitNoCloud`;
    const patch = [{ op: 'replace', path: seedPath, value: { userData } }];
    await inProject('patch', 'vm', 'web', '--type=json', '-p', JSON.stringify(patch));
    await act('POST', '/exports', { name: 'moving', source: { vm: 'web' } });
    const path = '/projects/demo/exports/moving/manifests';

    const plain = await virtgate.rest('GET', path);
    expect([plain.status, plain.headers.get('content-type')]).toEqual([200, expect.stringMatching(/yaml/)]);
    expect(plain.body).not.toContain('swordfish');
    const [machine, ...volumes] = parseAllDocuments(plain.body).map((document) => document.toJS());
    expect(machine).toMatchObject({ kind: 'VirtualMachine', metadata: { name: 'web' } });
    const [{ name }] = (await api('/exports/moving')).volumes;
    const address = `${virtgate.url}/api/v1/projects/demo/exports/moving/volumes/${name}?format=gzip`;
    expect(volumes).toMatchObject([
      {
        kind: 'DataVolume',
        spec: { source: { http: { url: address, secretExtraHeaders: ['moving-download'] } } },
      },
    ]);
    const { project } = await virtgate.graphql(
      '{ project(name: "demo") { export(name: "moving") { manifests } } }',
    );
    expect(project.export.manifests).toEqual([machine, ...volumes]);
    const json = await virtgate.rest('GET', path, undefined, { accept: 'application/json' });
    expect(json.body).toMatchObject({ kind: 'List', items: project.export.manifests });

    const accounts = '/tenants/demo/service-accounts';
    await virtgate.rest('POST', accounts, {
      name: 'reader',
      bindings: [{ role: 'viewer', project: 'demo' }],
    });
    const { body } = await virtgate.rest('POST', `${accounts}/reader/tokens`, { name: 't', expiresIn: '1h' });
    const scoped = await virtgate.rest('POST', '/tokens', {
      name: 'fetches',
      expiresIn: '1h',
      scopes: ['exports:read', 'exports:download'],
    });
    const stranger = await virtgate.strangerToken();
    const tries: [string, string, number, number][] = [
      ['a viewer', body.token, 403, 403],
      ['a token that may only download', scoped.body.token, 200, 403],
      ['another tenant', stranger, 404, 404],
    ];
    for (const [who, token, get, post] of tries) {
      const headers = { authorization: `Bearer ${token}` };
      const answers = [
        (await virtgate.rest('GET', path, undefined, headers)).status,
        (await virtgate.rest('POST', path, {}, headers)).status,
      ];
      expect([who, ...answers]).toEqual([who, get, post]);
    }

    for (const seen of ['/restores', '/restores/back-by-hand', '/snapshots/by-hand', '/disks/sent-dv']) {
      const headers = { authorization: `Bearer ${stranger}` };
      const { status } = await virtgate.rest('GET', `/projects/demo${seen}`, undefined, headers);
      expect([seen, status]).toEqual([seen, 404]);
    }
    const { id } = (
      await virtgate.graphql('{ project(name: "demo") { restore(name: "back-by-hand") { id } } }')
    ).project.restore;
    expect(await virtgate.graphql(`{ node(id: "${id}") { id } }`, {}, stranger)).toEqual({ node: null });

    const { createExportManifests } = await virtgate.graphql(
      'mutation ($input: CreateExportManifestsInput!) { createExportManifests(input: $input) { manifests } }',
      { input: { project: 'demo', export: 'moving' } },
    );
    expect(JSON.stringify(createExportManifests.manifests)).toMatch(/swordfish.*\/downloads\/vgt_dl_/);
    const whole = await virtgate.rest('POST', path, {});
    expect([whole.status, whole.headers.get('cache-control')]).toEqual([200, 'private, no-store']);
    expect(whole.body).toContain('swordfish');
    const { status } = JSON.parse(await inProject('get', 'vmexport', 'moving', '-o', 'json'));
    const secret = await field(`secret/${status.tokenSecretRef}`, '.data.token');
    for (const text of [plain.body, whole.body, JSON.stringify(createExportManifests)]) {
      expect(text).not.toContain(Buffer.from(secret, 'base64').toString());
      expect(text).not.toContain(secret);
    }

    // The project of the stranger is as good as another cluster: there is nothing of the machine.
    const elsewhere = (
      await kubectl(
        'get',
        'ns',
        '-l',
        'virtgate.io/project=strangers',
        '-o',
        'jsonpath={.items[0].metadata.name}',
      )
    ).trim();
    await kubectl('apply', '-n', elsewhere, '-f', file(whole.body));
    await kubectl('wait', '-n', elsewhere, '--for=condition=Ready', `dv/${name}`, '--timeout=60s');
    const vm = async () => (await virtgate.rest('GET', '/projects/strangers/vms/web')).body;
    await until('the machine stands there', async () => (await vm()).state === 'Stopped');
    expect((await vm()).disks).toMatchObject([{ claim: name, size: '16Mi' }]);
    const copy = await virtgate.rest('POST', '/projects/strangers/exports', {
      name: 'look',
      source: { disk: name },
    });
    expect((await virtgate.settled(copy.body)).state).toBe('SUCCEEDED');
    const looked = await fetch(`${virtgate.url}/api/v1/projects/strangers/exports/look/volumes/${name}`, {
      headers: { authorization: `Bearer ${virtgate.token}` },
    });
    expect(
      Buffer.from(await looked.arrayBuffer())
        .subarray(0, content.length)
        .equals(content),
    ).toBe(true);
    await act('DELETE', '/exports/moving');
  }, 240_000);

  it('what virtgate made reads and goes like any other object', async () => {
    await act('POST', '/vms/web/snapshots', { name: 'by-api' });
    expect(await field('vmsnapshot/by-api', '.status.phase')).toBe('Succeeded');
    await inProject('delete', 'vmsnapshot', 'by-api', 'by-hand', '--timeout=60s');
    await until('they are gone', async () => (await api('/snapshots')).total === 0);
    await inProject('delete', 'dv', 'imported', 'sent-dv', '--timeout=60s');
    await inProject('delete', 'pvc', 'sent-pvc', '--timeout=60s');
    await until('the disks are gone', async () => (await api('/disks')).total === 1);
  }, 240_000);
});
