import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ClusterAdmin } from '../support/cluster-admin.js';
import { ImageServer } from '../support/image-server.js';
import { describeWith } from '../support/machines.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

const MIB = 1024 * 1024;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describeWith(['qemu-img'], 'a disk is exported and downloaded', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'virtgate-exports-'));
  const image = randomBytes(8 * MIB);
  let virtgate: Virtgate;
  let images: ImageServer;
  let admin: ClusterAdmin;
  let whole: Buffer;
  let volume: string;
  /** What must be in no log and in no answer. */
  const canaries: string[] = [];
  const answers: string[] = [];

  beforeAll(async () => {
    writeFileSync(join(scratch, 'image.img'), image);
    images = await ImageServer.start(join(scratch, 'image.img'));
    virtgate = await Virtgate.start({
      env: { IMPORT_ALLOWED_HOSTS: images.host, SANDBOX_DRIVER: 'simulated' },
    });
    admin = ClusterAdmin.of(virtgate.kubeconfig);
    const made = await virtgate.rest('POST', '/projects/demo/vms', {
      name: 'web',
      cpus: 1,
      memory: '128Mi',
      bootDisk: { url: `${images.origin}/image.img`, size: '32Mi' },
      start: false,
    });
    expect((await virtgate.settled(made.body)).state).toBe('SUCCEEDED');
  }, 240_000);

  afterAll(async () => {
    admin?.close();
    await virtgate?.stop();
    await images?.stop();
    rmSync(scratch, { recursive: true, force: true });
  }, 60_000);

  const download = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(path.startsWith('http') ? path : `${virtgate.url}/api/v1${path}`, {
      method,
      headers: path.startsWith('http') ? headers : { authorization: `Bearer ${virtgate.token}`, ...headers },
    });
  const bytesOf = async (answer: Response): Promise<Buffer> => Buffer.from(await answer.arrayBuffer());
  const link = async (body: Json, token = virtgate.token): Promise<Json> => {
    const answer = await virtgate.rest('POST', '/projects/demo/exports/out/links', body, {
      authorization: `Bearer ${token}`,
    });
    expect([answer.status, answer.body.code]).toEqual([201, undefined]);
    canaries.push(answer.body.url.split('/').at(-1));
    return answer.body;
  };

  it('becomes ready, and shows what can be had', async () => {
    const made = await virtgate.rest('POST', '/projects/demo/exports', {
      name: 'out',
      source: { disk: 'web-root' },
      ttl: '30m',
    });
    expect([made.status, made.body.kind]).toEqual([202, 'export.create']);
    const settled = await virtgate.settled(made.body);
    expect([settled.state, settled.error]).toEqual(['SUCCEEDED', null]);
    const { body, headers } = await virtgate.rest('GET', '/projects/demo/exports/out');
    expect(headers.get('etag')).toMatch(/^"/);
    expect(body).toMatchObject({
      name: 'out',
      state: 'Ready',
      source: { vm: null, snapshot: null, disk: 'web-root' },
      ttlSeconds: 1800,
    });
    const lives = Date.parse(body.expiresAt) - Date.parse(body.createdAt);
    expect(lives).toBe(1_800_000);
    expect(body.volumes).toEqual([
      { name: expect.any(String), size: '32Mi', formats: expect.arrayContaining(['raw', 'gzip']) },
    ]);
    volume = `/projects/demo/exports/out/volumes/${body.volumes[0].name}`;
    answers.push(JSON.stringify(body), JSON.stringify(settled));
    const namespaces = await admin.call('GET', '/apis/export.kubevirt.io/v1beta1/virtualmachineexports');
    const [object] = namespaces.items;
    const { namespace } = object.metadata;
    const secret = await admin.call(
      'GET',
      `/api/v1/namespaces/${namespace}/secrets/${object.spec.tokenSecretRef}`,
    );
    const token = Buffer.from(secret.data.token, 'base64').toString();
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    canaries.push(token, secret.data.token);
  }, 120_000);

  it('is the disk, raw and compressed alike', async () => {
    const raw = await download(`${volume}?format=raw`, { 'want-content-digest': 'sha-256=1' });
    expect(raw.status).toBe(200);
    whole = await bytesOf(raw);
    expect(whole.length).toBe(32 * MIB);
    expect(whole.subarray(0, image.length).equals(image)).toBe(true);
    expect(whole.subarray(image.length).every((byte) => byte === 0)).toBe(true);
    const gzip = await download(`${volume}?format=gzip`);
    expect([gzip.status, gzip.headers.get('accept-ranges')]).toEqual([200, 'none']);
    expect(sha256(gunzipSync(await bytesOf(gzip)))).toBe(sha256(whole));
  }, 120_000);

  it('is had in parts, and says its length beforehand', async () => {
    const head = await download(volume, {}, 'HEAD');
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(32 * MIB)]);
    const etag = head.headers.get('etag') as string;
    const part = await download(volume, { range: 'bytes=1000-1999', 'if-range': etag });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 1000-1999/${32 * MIB}`]);
    expect((await bytesOf(part)).equals(whole.subarray(1000, 2000))).toBe(true);
    const beyond = await download(volume, { range: `bytes=${32 * MIB}-` });
    expect([beyond.status, ((await beyond.json()) as Json).code]).toEqual([
      416,
      'export.range_not_satisfiable',
    ]);
  }, 60_000);

  it('as a manifest that fetches it from here, without and with a way in', async () => {
    const path = '/projects/demo/exports/out/manifests';
    const plain = await virtgate.rest('GET', path, undefined, { accept: 'application/json' });
    const disk = (http: Json) => ({
      kind: 'DataVolume',
      metadata: { name: volume.split('/').at(-1) },
      spec: { storage: { resources: { requests: { storage: '32Mi' } } }, source: { http } },
    });
    const url = `${virtgate.url}/api/v1${volume}?format=gzip`;
    expect(plain.body.items).toMatchObject([disk({ url, secretExtraHeaders: ['out-download'] })]);
    const ready = await virtgate.rest('POST', path, {}, { accept: 'application/json' });
    const [{ spec }] = ready.body.items;
    expect(spec.source.http).toEqual({ url: expect.stringContaining('/api/v1/downloads/vgt_dl_') });
    canaries.push(spec.source.http.url.split('/').at(-1));
    const fetched = await download(spec.source.http.url);
    expect(sha256(gunzipSync(await bytesOf(fetched)))).toBe(sha256(whole));
    const { body: audit } = await virtgate.rest('GET', '/audit?project=demo&action=export-manifests.create');
    expect(audit.items).toMatchObject([{ target: { type: 'export', name: 'out' }, result: 'succeeded' }]);
    const dry = await virtgate.rest('POST', `${path}?dryRun=true`, {}, { accept: 'application/json' });
    expect([dry.status, dry.body]).toEqual([200, plain.body]);
  }, 60_000);

  it('by a link that is good once, whoever has looked at it', async () => {
    const { url } = await link({ volume: volume.split('/').at(-1), format: 'raw' });
    expect((await download(url, {}, 'HEAD')).status).toBe(200);
    const first = await download(url);
    expect([first.status, sha256(await bytesOf(first))]).toEqual([200, sha256(whole)]);
    const second = await download(url);
    expect([second.status, ((await second.json()) as Json).code]).toEqual([404, 'export.link_invalid']);
  }, 60_000);

  it('by no link that is too old, too long, or whose maker has lost the right', async () => {
    const name = volume.split('/').at(-1);
    const { url } = await link({ volume: name, expiresIn: '1s' });
    await until('its second is over', async () => (await download(url, {}, 'HEAD')).status === 404);
    expect((await download(url)).status).toBe(404);
    const long = await virtgate.rest('POST', '/projects/demo/exports/out/links', {
      volume: name,
      expiresIn: '16m',
    });
    expect([long.status, long.body.errors?.[0]?.pointer]).toEqual([400, '/expiresIn']);

    const accounts = '/tenants/demo/service-accounts';
    const bindings = [{ role: 'editor', project: 'demo' }];
    expect((await virtgate.rest('POST', accounts, { name: 'robot', bindings })).status).toBe(201);
    const issued = await virtgate.rest('POST', `${accounts}/robot/tokens`, { name: 'ci', expiresIn: '1h' });
    const lost = await link({ volume: name }, issued.body.token);
    expect((await virtgate.rest('DELETE', `${accounts}/robot/tokens/${issued.body.id}`)).status).toBe(204);
    await until('the link is dead', async () => (await download(lost.url, {}, 'HEAD')).status === 404);
  }, 60_000);

  it('is not there for another tenant', async () => {
    const as = { authorization: `Bearer ${await virtgate.strangerToken()}` };
    const asked: [string, string, unknown?][] = [
      ['GET', '/projects/demo/exports'],
      ['POST', '/projects/demo/exports', { name: 'mine', source: { disk: 'web-root' } }],
      ['GET', '/projects/demo/exports/out'],
      ['DELETE', '/projects/demo/exports/out'],
      ['GET', volume],
      ['GET', '/projects/demo/exports/out/manifests'],
      ['POST', '/projects/demo/exports/out/manifests', {}],
      ['POST', '/projects/demo/exports/out/links', { volume: 'web-root' }],
    ];
    for (const [method, path, body] of asked) {
      expect([path, (await virtgate.rest(method, path, body, as)).status]).toEqual([path, 404]);
    }
  }, 60_000);

  it('is refused while a machine runs on it', async () => {
    const started = await virtgate.rest('POST', '/projects/demo/vms/web/start', {});
    // The export holds the disk, as in KubeVirt: the machine starts when the export is gone.
    expect(started.status).toBe(202);
    const deleted = await virtgate.rest('DELETE', '/projects/demo/exports/out');
    expect((await virtgate.settled(deleted.body)).state).toBe('SUCCEEDED');
    expect((await virtgate.settled(started.body)).state).toBe('SUCCEEDED');
    expect((await virtgate.rest('GET', '/projects/demo/exports/out')).status).toBe(404);
    for (const source of [{ vm: 'web' }, { disk: 'web-root' }]) {
      const refused = await virtgate.rest('POST', '/projects/demo/exports', { name: 'again', source });
      expect([refused.status, refused.body.code]).toEqual([409, 'export.source_in_use']);
      expect(refused.body.hint).toMatch(/stop|snapshot/i);
    }
    const stopped = await virtgate.rest('POST', '/projects/demo/vms/web/stop', { force: true });
    expect((await virtgate.settled(stopped.body)).state).toBe('SUCCEEDED');
  }, 120_000);

  it('over GraphQL, a whole machine', async () => {
    const input = { project: 'demo', name: 'whole', source: { vm: 'web' } };
    const { createExport } = await virtgate.graphql(
      'mutation ($input: CreateExportInput!) { createExport(input: $input) { operation { id kind } } }',
      { input },
    );
    expect((await virtgate.settled({ ...createExport.operation })).state).toBe('SUCCEEDED');
    const { project } = await virtgate.graphql(
      '{ project(name: "demo") { exports { totalCount nodes { id name state source { vm } volumes { name formats } } } } }',
    );
    expect(project.exports.nodes).toMatchObject([{ name: 'whole', state: 'Ready', source: { vm: 'web' } }]);
    const [{ id, volumes }] = project.exports.nodes;
    expect((await virtgate.graphql('query ($id: ID!) { node(id: $id) { id } }', { id })).node).toEqual({
      id,
    });
    const { createExportLink } = await virtgate.graphql(
      'mutation ($input: CreateExportLinkInput!) { createExportLink(input: $input) { link { url } } }',
      { input: { project: 'demo', export: 'whole', volume: volumes[0].name, format: 'gzip' } },
    );
    const bytes = await bytesOf(await download(createExportLink.link.url));
    expect(gunzipSync(bytes).length).toBe(32 * MIB);
    const { deleteExport } = await virtgate.graphql(
      'mutation ($input: DeleteExportInput!) { deleteExport(input: $input) { operation { id kind } } }',
      { input: { project: 'demo', name: 'whole' } },
    );
    expect((await virtgate.settled(deleteExport.operation)).state).toBe('SUCCEEDED');
  }, 120_000);

  it('its token is in no answer and no log, and gone with it; nor is a ticket in a log', async () => {
    expect(canaries.length).toBeGreaterThan(3);
    const log = virtgate.output.join('');
    const said = answers.join('');
    for (const [index, canary] of canaries.entries()) {
      expect([index, log.includes(canary)]).toEqual([index, false]);
      expect([index, said.includes(canary)]).toEqual([index, false]);
    }
    await until('the secrets are gone', async () => {
      const { items } = await admin.call('GET', '/api/v1/secrets');
      return !items.some(({ metadata }: Json) => metadata.name.includes('-token-'));
    });
  }, 60_000);
});
