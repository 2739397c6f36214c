import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { servingCertificate } from '../../src/sandbox/wire/certificates.js';
import { ClusterAdmin } from '../support/cluster-admin.js';
import { ImageServer } from '../support/image-server.js';
import { describeWith } from '../support/machines.js';
import { OciRegistry } from '../support/oci-registry.js';
import { type Answer, freePort, type Json, until, Virtgate } from '../support/virtgate.js';

const MiB = 1024 * 1024;
const DISKS = '/projects/demo/disks';

/** The whole product with simulated guests: disks are real files all the same. */
describeWith(['qemu-img'], 'disks from everything', () => {
  const content = randomBytes(6 * MiB);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const { credentials } = ImageServer;
  let virtgate: Virtgate;
  let cluster: ClusterAdmin;
  let server: ImageServer;
  let large: ImageServer;
  let secure: ImageServer;
  let registry: OciRegistry;
  let guarded: OciRegistry;
  let directory: string;
  let authority: string;
  let containerDisk: string;
  let guardedDisk: string;
  let stranger: string;
  let brokenOff: Json;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'virtgate-sources-'));
    const raw = join(directory, 'raw.img');
    const qcow2 = join(directory, 'disk.qcow2');
    writeFileSync(raw, content);
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', qcow2, '64M']);
    const tls = await servingCertificate(directory);
    authority = tls.authority;
    server = await ImageServer.start(raw);
    large = await ImageServer.start(qcow2);
    secure = await ImageServer.start(raw, { cert: tls.certificate, key: tls.privateKey });
    registry = await OciRegistry.start();
    guarded = await OciRegistry.start(credentials);
    containerDisk = await registry.push('containerdisks/small', '1', raw);
    guardedDisk = await guarded.push('private/small', '1', raw);
    await registry.push('tools/busybox', '1', raw, 'bin/busybox');
    const hosts = [server, large, secure, registry, guarded].map(({ host }) => host);
    const env = { IMPORT_ALLOWED_HOSTS: [...hosts, '127.0.0.2'].join(','), SANDBOX_DRIVER: 'simulated' };
    virtgate = await Virtgate.start({ env });
    cluster = ClusterAdmin.of(virtgate.kubeconfig);
    stranger = await virtgate.strangerToken();
  }, 180_000);

  afterAll(async () => {
    cluster?.close();
    await virtgate?.stop();
    for (const one of [server, large, secure, registry, guarded]) await one?.stop();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  const create = (name: string, source: object, size?: string, more: object = {}): Promise<Answer> =>
    virtgate.rest('POST', DISKS, { name, source, ...(size === undefined ? {} : { size }), ...more });
  const begun = (answer: Answer): Json => {
    expect([answer.status, answer.body.code, answer.body.detail]).toEqual([202, undefined, undefined]);
    return answer.body;
  };
  const made = async (name: string, source: object, size?: string, more: object = {}): Promise<Json> => {
    const settled = await virtgate.settled(begun(await create(name, source, size, more)));
    expect([name, settled.state, settled.error]).toEqual([name, 'SUCCEEDED', null]);
    return (await virtgate.rest('GET', `${DISKS}/${name}`)).body;
  };
  /** The error of an operation that ends FAILED, once it has left nothing behind. */
  const failed = async (name: string, source: object, size?: string, more: object = {}): Promise<Json> => {
    const settled = await virtgate.settled(begun(await create(name, source, size, more)));
    expect([name, settled.state]).toEqual([name, 'FAILED']);
    expect((await virtgate.rest('GET', `${DISKS}/${name}`)).status).toBe(404);
    expect(settled.error.hint ?? settled.error.message).toBeTruthy();
    return settled.error;
  };
  /** The bytes of a disk as the sandbox keeps them. */
  const bytesOf = async (name: string): Promise<Buffer> => {
    const { id } = (await virtgate.rest('GET', `${DISKS}/${name}`)).body;
    return readFileSync(join(virtgate.dataDirectory, 'sandbox', 'disks', `${id}.img`));
  };
  const objects = async (resource: string): Promise<Json[]> =>
    (await cluster.call('GET', `/api/v1/${resource}`)).items.filter(({ metadata }: Json) =>
      /-import-[0-9a-f]{8}$/.test(metadata.name),
    );

  it('url, registry, upload, disk and image hold the very bytes of their source', async () => {
    const url = `${server.origin}/image.img`;
    // CDI tries three times before it is given up: the last test sees its end.
    brokenOff = begun(await create('broken-off', { url: `${server.origin}/half.img` }, '16Mi'));
    const disks = await Promise.all([
      made('from-url', { url, checksum: `sha256:${sha256}` }, '16Mi'),
      made('from-registry', { registry: containerDisk }, '16Mi'),
      made('from-tls', { url: `${secure.origin}/image.img`, certificates: authority }, '16Mi'),
      made('from-blank', { blank: {} }, '16Mi', { preallocation: true }),
    ]);
    for (const disk of disks) expect(disk).toMatchObject({ state: 'Ready', size: '16Mi', progress: 100 });
    expect(disks.map(({ source }) => source)).toEqual([
      { url },
      { registry: containerDisk },
      { url: `${secure.origin}/image.img` },
      { blank: {} },
    ]);
    await made('from-disk', { disk: 'from-url' });
    await made('from-disk-larger', { disk: 'from-url' }, '32Mi');
    const image = { name: 'golden', source: { disk: 'from-url' } };
    const { body } = await virtgate.rest('POST', '/projects/demo/images', image);
    expect((await virtgate.settled(body)).error).toBeNull();
    await made('from-image', { image: 'golden' });
    for (const name of ['from-url', 'from-registry', 'from-tls', 'from-disk', 'from-image']) {
      const bytes = await bytesOf(name);
      expect([name, bytes.length, bytes.subarray(0, content.length).equals(content)]).toEqual([
        name,
        16 * MiB,
        true,
      ]);
    }
    expect((await bytesOf('from-disk-larger')).length).toBe(32 * MiB);
  }, 180_000);

  it('credentials open what is closed to others, are used once, and are told nobody', async () => {
    const url = `${server.origin}/private.img`;
    const [disk, pulled] = await Promise.all([
      made('signed-in', { url, credentials }, '16Mi'),
      made('pulled', { registry: guardedDisk, credentials }, '16Mi'),
    ]);
    expect([disk.source, pulled.source]).toEqual([{ url }, { registry: guardedDisk }]);
    expect((await bytesOf('signed-in')).subarray(0, content.length).equals(content)).toBe(true);
    const wrong = { ...credentials, password: 'wrong-password-0815' };
    const [closed, denied, unnamed] = await Promise.all([
      failed('closed', { url, credentials: wrong }, '16Mi'),
      failed('denied', { registry: guardedDisk, credentials: wrong }, '16Mi'),
      failed('unnamed', { registry: guardedDisk }, '16Mi'),
    ]);
    expect(closed).toMatchObject({ code: 'import.source_unavailable', message: 'The source answers 401.' });
    for (const error of [denied, unnamed]) {
      expect(error.code).toBe('import.source_unavailable');
      expect(error.message).toMatch(/unauthorized/);
    }
    expect([await objects('secrets'), await objects('configmaps')]).toEqual([[], []]);
    const audit = await virtgate.rest('GET', '/audit?limit=200');
    const operations = await virtgate.rest('GET', '/operations?limit=200');
    const told = JSON.stringify([audit.body, operations.body, virtgate.output, disk, pulled]);
    for (const secret of [credentials.password, wrong.password]) {
      expect(told.includes(secret)).toBe(false);
      expect(told.includes(Buffer.from(`${credentials.username}:${secret}`).toString('base64'))).toBe(false);
    }
  }, 180_000);

  it('a source that cannot be had is told, and nothing of the disk stays', async () => {
    const nowhere = `127.0.0.2:${await freePort()}`;
    const errors = await Promise.all([
      failed('gone', { url: `${server.origin}/none.img` }, '16Mi'),
      failed('page', { url: `${server.origin}/page` }, '16Mi'),
      failed('metadata', { url: `${server.origin}/to-metadata` }, '16Mi'),
      failed('untrusted', { url: `${secure.origin}/image.img` }, '16Mi'),
      failed('other-bytes', { url: `${server.origin}/image.img`, checksum: `md5:${'0'.repeat(32)}` }, '16Mi'),
      failed('too-small', { url: `${large.origin}/image.img` }, '16Mi'),
      failed('no-registry', { registry: `docker://${nowhere}/a/b:1` }, '16Mi'),
      failed('no-tag', { registry: `${containerDisk}9` }, '16Mi'),
      failed('no-disk', { registry: `docker://${registry.host}/tools/busybox:1` }, '16Mi'),
    ]);
    expect(errors.map(({ code }) => code)).toEqual([
      'import.source_unavailable',
      'import.not_an_image',
      'import.url_forbidden',
      'import.source_unavailable',
      'import.corrupt',
      'import.too_large',
      'import.source_unavailable',
      'import.source_unavailable',
      'import.not_an_image',
    ]);
    const [gone, , , , , tooSmall, , noTag, noDisk] = errors;
    expect(gone.message).toBe('The source answers 404.');
    expect(tooSmall.hint).toBe('Ask for a size of at least 64Mi.');
    expect(noTag.message).toMatch(/manifest unknown/);
    expect(noDisk.hint).toMatch(/\/disk/);
    const left = readdirSync(join(virtgate.dataDirectory, 'sandbox', 'disks'));
    expect(left.filter((file) => !file.endsWith('.img'))).toEqual([]);
  }, 180_000);

  it('what is wrong with a source is refused before anything is begun', async () => {
    const theirs = { name: 'theirs', source: { blank: {} }, size: '16Mi' };
    const asStranger = { authorization: `Bearer ${stranger}` };
    const answer = await virtgate.rest('POST', '/projects/strangers/disks', theirs, asStranger);
    expect((await virtgate.settled(begun(answer))).error).toBeNull();
    const url = `${server.origin}/image.img`;
    const refusals: [source: object, size: string | undefined, code: string, pointer: string | undefined][] =
      [
        [{ disk: 'no-such' }, undefined, 'disk.source_not_found', '/source/disk'],
        [{ disk: 'theirs' }, undefined, 'disk.source_not_found', '/source/disk'],
        [{ snapshot: 'no-such' }, undefined, 'disk.source_not_found', '/source/snapshot'],
        [{ image: 'no-such' }, undefined, 'image.unknown', '/source/image'],
        [{ disk: 'from-url' }, '8Mi', 'disk.too_small', '/size'],
        [{ image: 'golden' }, '8Mi', 'disk.too_small', '/size'],
        [{ url: 'http://169.254.169.254/latest' }, '16Mi', 'import.url_forbidden', undefined],
        [{ url: 'http://user:pass@example.org/x' }, '16Mi', 'import.url_invalid', undefined],
        [{ registry: 'docker://10.0.0.1/a/b:1' }, '16Mi', 'import.url_forbidden', undefined],
        [{ registry: 'quay.io/a/b:1' }, '16Mi', 'import.registry_invalid', undefined],
        [{ blank: {} }, undefined, 'request.invalid', '/size'],
        [{ blank: {}, upload: {} }, '16Mi', 'request.invalid', '/source'],
        [{ url, volume: 'x' }, '16Mi', 'request.invalid', '/source/volume'],
        [{ url, checksum: 'sha256:short' }, '16Mi', 'request.invalid', '/source/checksum'],
        [
          { registry: containerDisk, checksum: `sha256:${sha256}` },
          '16Mi',
          'request.invalid',
          '/source/checksum',
        ],
        [{ disk: 'from-url', credentials }, undefined, 'request.invalid', '/source/credentials'],
        [{ url, certificates: authority }, '16Mi', 'request.invalid', '/source/certificates'],
        [{ registry: containerDisk, certificates: 'x' }, '16Mi', 'request.invalid', '/source/certificates'],
      ];
    for (const [source, size, code, pointer] of refusals) {
      const { status, body } = await create('refused', source, size);
      const pointers = (body.errors ?? []).map((error: Json) => error.pointer);
      expect([source, status >= 400 && status < 500, body.code]).toEqual([source, true, code]);
      if (pointer) expect(pointers).toContain(pointer);
    }
    const other = await create('refused', { disk: 'theirs' });
    const nothing = await create('refused', { disk: 'thairs' });
    expect(other.body.detail).toBe(nothing.body.detail.replace('thairs', 'theirs'));
    const small = await create('refused', { disk: 'from-url' }, '8Mi');
    expect(small.body.detail).toMatch(/8Mi.*16Mi/);
    expect((await virtgate.rest('GET', `${DISKS}/refused`)).status).toBe(404);
  }, 120_000);

  it('a source that goes away before it was copied ends the copy', async () => {
    await made('short-lived', { blank: {} }, '16Mi');
    const namespace = (await cluster.call('GET', '/apis/cdi.kubevirt.io/v1beta1/datavolumes')).items.find(
      ({ metadata }: Json) => metadata.name === 'short-lived',
    ).metadata.namespace;
    process.kill(virtgate.pid('worker'), 'SIGSTOP');
    let operation: Json;
    try {
      operation = begun(await create('orphan', { disk: 'short-lived' }));
      const volumes = `/apis/cdi.kubevirt.io/v1beta1/namespaces/${namespace}/datavolumes/short-lived`;
      expect((await cluster.call('DELETE', volumes)).metadata?.name ?? 'short-lived').toBe('short-lived');
    } finally {
      process.kill(virtgate.pid('worker'), 'SIGCONT');
    }
    const settled = await virtgate.settled(operation);
    expect(settled).toMatchObject({ state: 'FAILED', error: { code: 'disk.source_not_found' } });
    expect(settled.error.message).toContain('short-lived');
    expect((await virtgate.rest('GET', `${DISKS}/orphan`)).status).toBe(404);
  }, 120_000);

  it('a disk that the quota of its project has no room for is taken back', async () => {
    const { items } = await cluster.call('GET', '/apis/cdi.kubevirt.io/v1beta1/datavolumes');
    const { namespace } = items.find(({ metadata }: Json) => metadata.name === 'from-url').metadata;
    const quotas = `/api/v1/namespaces/${namespace}/resourcequotas`;
    await cluster.call('POST', quotas, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'narrow' },
      spec: { hard: { 'requests.storage': '1Gi' } },
    });
    try {
      const error = await failed('too-much', { blank: {} }, '2Gi');
      expect(error.code).toBe('cluster.quota_exceeded');
    } finally {
      await cluster.call('DELETE', `${quotas}/narrow`);
    }
  }, 120_000);

  it('lie where the storage class lets them, in modes that go together', async () => {
    const plain = { storageClass: 'sandbox-plain' };
    const dry = await virtgate.rest('POST', `${DISKS}?dryRun=true`, {
      name: 'dry',
      source: { blank: {} },
      size: '16Mi',
      ...plain,
    });
    expect(dry.body.effect).toContain('"sandbox-plain" (ReadWriteOnce, Filesystem)');
    expect(dry.body.warnings.join()).toMatch(/live-migrated/);
    const [simple, wide, url] = await Promise.all([
      made('simple', { blank: {} }, '16Mi', plain),
      made('wide', { blank: {} }, '16Mi', { accessMode: 'ReadWriteOnce', volumeMode: 'Filesystem' }),
      made('simple-url', { url: `${server.origin}/image.img` }, '16Mi', { ...plain, preallocation: true }),
    ]);
    // It waits for its first user by nature, and was bound at once for want of one.
    for (const disk of [simple, url]) {
      expect(disk).toMatchObject({
        state: 'Ready',
        storageClass: 'sandbox-plain',
        accessModes: ['ReadWriteOnce'],
        volumeMode: 'Filesystem',
        bindsOnFirstUse: true,
        expandable: false,
        // 16 MiB for the guest, and 6 percent for the filesystem, in whole mebibytes.
        size: '16Mi',
        capacity: '18Mi',
      });
    }
    expect((await bytesOf('simple')).length).toBe(16 * MiB);
    expect((await bytesOf('simple-url')).subarray(0, content.length).equals(content)).toBe(true);
    expect(wide).toMatchObject({ storageClass: 'sandbox-local', volumeMode: 'Filesystem' });
    // A copy to other storage, and back: sizes are the guest's all the way.
    await made('simple-copy', { disk: 'simple-url' });
    expect((await virtgate.rest('GET', `${DISKS}/simple-copy`)).body).toMatchObject({ size: '16Mi' });

    const refusals: [more: object, code: string, pointer: string, says: RegExp][] = [
      [
        { ...plain, accessMode: 'ReadWriteMany' },
        'disk.mode_unsupported',
        '/accessMode',
        /ReadWriteOnce with Filesystem/,
      ],
      [
        { ...plain, volumeMode: 'Block' },
        'disk.mode_unsupported',
        '/volumeMode',
        /ReadWriteOnce with Filesystem/,
      ],
      [{ storageClass: 'sandbox-lokal' }, 'storage_class.unknown', '/storageClass', /sandbox-local/],
      [{ accessMode: 'ReadOnlyMany' }, 'disk.mode_unsupported', '/accessMode', /ReadWriteMany with Block/],
    ];
    for (const [more, code, pointer, says] of refusals) {
      const { status, body } = await create('refused', { blank: {} }, '16Mi', more);
      expect([status, body.code, body.errors[0].pointer]).toEqual([422, code, pointer]);
      expect(JSON.stringify(body)).toMatch(says);
    }
    const grow = await virtgate.rest('PATCH', `${DISKS}/simple`, { size: '32Mi' });
    expect([grow.status, grow.body.code]).toEqual([422, 'disk.not_expandable']);
    // The claim of another client, which nobody asked to be bound at once.
    const { items } = await cluster.call('GET', '/apis/cdi.kubevirt.io/v1beta1/datavolumes');
    const { namespace } = items.find(({ metadata }: Json) => metadata.name === 'simple').metadata;
    await cluster.call('POST', `/api/v1/namespaces/${namespace}/persistentvolumeclaims`, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'later' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'sandbox-plain',
        resources: { requests: { storage: '18Mi' } },
      },
    });
    await until('it waits', async () => {
      const { body } = await virtgate.rest('GET', `${DISKS}/later`);
      return body.state === 'WaitingForFirstUse' && /first uses it/.test(body.message);
    });
    const machine = { name: 'first-user', cpus: 1, memory: '64Mi', start: true };
    const boot = { blank: true, size: '16Mi', storageClass: 'sandbox-plain' };
    const begin = await virtgate.rest('POST', '/projects/demo/vms', { ...machine, bootDisk: boot });
    expect((await virtgate.settled(begun(begin))).error).toBeNull();
    expect((await virtgate.rest('GET', `${DISKS}/first-user-root`)).body).toMatchObject({
      state: 'Ready',
      bindsOnFirstUse: true,
    });
  }, 180_000);

  it('a source that breaks off again and again is given up', async () => {
    const settled = await virtgate.settled(brokenOff);
    expect([settled.state, settled.error.code]).toEqual(['FAILED', 'import.stalled']);
    expect((await virtgate.rest('GET', `${DISKS}/broken-off`)).status).toBe(404);
  }, 150_000);
});
