import { createHash, randomBytes } from 'node:crypto';
import { ensureGuestImage } from '../guest-image/build-guest-image.js';
import { startWatchdog } from '../guest-image/watchdog.js';
import { ClusterAdmin } from '../support/cluster-admin.js';
import { ConsoleEnd } from '../support/console.js';
import { ImageServer } from '../support/image-server.js';
import { describeWith } from '../support/machines.js';
import { publicKey } from '../support/public-keys.js';
import { type Answer, type Json, until, Virtgate } from '../support/virtgate.js';

const VM = '/projects/demo/vms/inside';
const ANSWERS = '<?xml version="1.0"?>\n<unattend>canary</unattend>\n';
const HOSTILE = '<script>alert(1)</script>';

const [FIRST, SECOND, THIRD] = [publicKey(1), publicKey(2), publicKey(3)] as [string, string, string];

/**
 * What the guest does with itself at boot: names that lie, steer terminals and run in browsers, a user who has logged
 * in (a record of utmp(5): 384 bytes), and the halves of a text that are put together in its memory only.
 */
const script = (left: string, right: string): string => `#!/bin/sh
zeros() { head -c "$1" /dev/zero; }
text() { printf '%s' "$1"; zeros $(($2 - \${#1})); }
{
  printf 'ID=evil\\nVERSION_ID="1"\\nNAME="\\033[31m\\342\\200\\256${HOSTILE}"\\nPRETTY_NAME="'
  zeros 60000 | tr '\\0' A
  printf '"\\n'
} > /etc/os-release
mkdir -p /var/run
{
  printf '\\007\\000\\000\\000\\001\\000\\000\\000'
  text ttyS0 32; text S0 4; text '${HOSTILE}' 32; zeros 256; zeros 8
  printf '\\000\\361\\123\\145\\000\\000\\000\\000'; zeros 36
} > /var/run/utmp
printf '%s%s' '${left}' '${right}' > /run/marker
`;

/** The first bytes of a download, how many there are, and whether a text is in it. At constant memory. */
async function readCore(
  answer: Response,
  wanted: Buffer,
): Promise<{ head: Buffer; bytes: number; found: boolean }> {
  let [head, tail, bytes, found] = [Buffer.alloc(0), Buffer.alloc(0), 0, false];
  for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) {
    const chunk = Buffer.from(part);
    if (head.length < 64) head = Buffer.concat([head, chunk.subarray(0, 64)]);
    const joined = Buffer.concat([tail, chunk]);
    found ||= joined.includes(wanted);
    tail = joined.subarray(-wanted.length);
    bytes += chunk.length;
  }
  return { head, bytes, found };
}

describeWith(['qemu-system-x86_64', 'qemu-img'], 'the agent in a guest', () => {
  let virtgate: Virtgate;
  let images: ImageServer;
  let console: ConsoleEnd;
  let stranger: string;
  const [left, right] = [randomBytes(12).toString('hex'), randomBytes(12).toString('hex')];

  beforeAll(async () => {
    const image = await ensureGuestImage();
    if (!image.available) throw new Error(`no guest image: missing ${image.missing.join(', ')}`);
    images = await ImageServer.start(image.path);
    virtgate = await Virtgate.start({ env: { IMPORT_ALLOWED_HOSTS: images.host } });
    stranger = await virtgate.strangerToken();
  }, 300_000);

  afterAll(async () => {
    console?.close();
    await virtgate?.stop();
    await images?.stop();
  }, 60_000);

  const asStranger = (method: string, path: string, body?: unknown): Promise<Answer> =>
    virtgate.rest(method, path, body, { authorization: `Bearer ${stranger}` });
  const get = async (path: string): Promise<Json> => (await virtgate.rest('GET', path)).body;
  const done = async (method: string, path: string, body?: unknown): Promise<Json> => {
    const answer = await virtgate.rest(method, path, body);
    expect([path, answer.status, answer.body.code]).toEqual([path, 202, undefined]);
    const operation = await virtgate.settled(answer.body);
    expect([path, operation.state, operation.error]).toEqual([path, 'SUCCEEDED', null]);
    return operation;
  };
  /** Asks the guest itself, over its serial console, until it says so. */
  const saysInside = async (command: string, pattern: RegExp): Promise<void> => {
    await until(
      `${command} says ${pattern}`,
      async () => {
        const mark = `mark-${randomBytes(4).toString('hex')}`;
        const from = console.text.length;
        // Split, so that the echo of what is typed is not taken for the answer.
        console.type(
          `echo ${mark.slice(0, 6)}""${mark.slice(6)}; ${command}; echo ${mark.slice(0, 6)}""${mark.slice(6)}\n`,
        );
        await until('the guest answers', () => console.text.slice(from).split(mark).length === 3, 60_000);
        return pattern.test(console.text.slice(from).split(mark)[1] ?? '');
      },
      90_000,
      () => JSON.stringify(console.text.slice(-2000)),
    );
  };

  it('is not there before its guest is', async () => {
    await done('POST', '/projects/demo/vms', {
      name: 'inside',
      cpus: 1,
      memory: '192Mi',
      bootDisk: { url: `${images.origin}/image.img`, size: '1Gi' },
      userData: script(left, right),
      runStrategy: 'RerunOnFailure',
      probes: {
        readiness: { guestAgentPing: true, periodSeconds: 1, timeoutSeconds: 10, failureThreshold: 1 },
      },
      watchdog: { action: 'poweroff' },
      networkData: 'version: 2\nethernets: {}\n',
      sysprep: { unattend: ANSWERS },
      // What is set before the first start is there from the first start on.
      sshAccess: { user: 'ada', keys: [FIRST] },
      start: false,
    });
    expect(JSON.stringify([await get(VM), await get(`${VM}/manifest`)])).not.toContain('canary');
    // The guest's kernel knows no SATA.
    const cluster = ClusterAdmin.of(virtgate.kubeconfig);
    const { items } = await cluster.call('GET', '/apis/kubevirt.io/v1/virtualmachines');
    const { namespace } = items.find(({ metadata }: Json) => metadata.name === 'inside').metadata;
    const bus = '/spec/template/spec/domain/devices/disks/2/cdrom/bus';
    const patched = await cluster.call(
      'PATCH',
      `/apis/kubevirt.io/v1/namespaces/${namespace}/virtualmachines/inside`,
      [
        { op: 'test', path: bus, value: 'sata' },
        { op: 'replace', path: bus, value: 'scsi' },
      ],
      'application/json-patch+json',
    );
    expect(patched.spec.template.spec.volumes[2]).toEqual({
      name: 'sysprep',
      sysprep: { secret: { name: expect.stringMatching(/^inside-sysprep-[0-9a-f]{8}$/) } },
    });
    cluster.close();
    const off = await virtgate.rest('GET', `${VM}/guest-info`);
    expect([off.status, off.body.code]).toEqual([409, 'guest.not_running']);
    const query =
      '{ project(name: "demo") { virtualMachine(name: "inside") { guestInfo { hostname } agentConnected } } }';
    expect((await virtgate.graphql(query)).project.virtualMachine).toEqual({
      guestInfo: null,
      agentConnected: false,
    });
    const dump = await virtgate.rest('POST', `${VM}/memory-dump`, {});
    expect([dump.status, dump.body.code]).toEqual([409, 'memory_dump.not_running']);
    await done('POST', `${VM}/start`, {});
    const session = await virtgate.rest('POST', `${VM}/console-sessions`, { type: 'serial' });
    console = await ConsoleEnd.open(session.body.websocketUrl);
  }, 240_000);

  it('tells of its guest, and what it tells can do no harm', async () => {
    await until('the agent is connected', async () => (await get(VM)).agentConnected === true, 120_000);
    await until('it answers its probe', async () => (await get(VM)).ready === true, 120_000);
    let info: Json;
    await until(
      'the guest has told what it is',
      async () => {
        info = await get(`${VM}/guest-info`);
        return (
          info.os?.id === 'evil' && info.users.length === 1 && info.interfaces[0]?.ipAddresses.length > 0
        );
      },
      120_000,
      () => JSON.stringify(info),
    );
    expect(info).toMatchObject({
      connected: true,
      hostname: 'inside',
      frozen: false,
      agentVersion: expect.stringMatching(/^\d+\.\d+/),
      os: {
        id: 'evil',
        versionId: '1',
        kernelRelease: expect.stringMatching(/^\d+\.\d+/),
        machine: 'x86_64',
      },
      users: [{ name: HOSTILE, loginAt: '2023-11-14T22:13:20.000Z' }],
    });
    expect(info.fileSystems).toContainEqual(
      expect.objectContaining({ mountPoint: '/data', type: 'ext4', totalBytes: expect.any(Number) }),
    );
    expect(info.interfaces).toContainEqual(
      expect.objectContaining({
        name: 'default',
        ipAddresses: expect.arrayContaining([expect.stringMatching(/^\d+\./)]),
      }),
    );
    // Cut, on one line, without what steers a terminal or turns text around; and JSON, whatever a browser makes of it.
    expect(info.os.name).toContain(HOSTILE);
    expect(info.os.prettyName).toBe('A'.repeat(128));
    for (const text of [JSON.stringify(info), JSON.stringify(await get(VM))]) {
      expect(text).not.toMatch(/\\u001b|\\u202e|[\p{Cc}\u202a-\u202e]/u);
      expect(text.length).toBeLessThan(20_000);
    }
    const { headers } = await virtgate.rest('GET', `${VM}/guest-info`);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');

    const { project } = await virtgate.graphql(
      `{ project(name: "demo") { virtualMachine(name: "inside") { guestInfo {
           connected hostname os { id name prettyName } users { name loginAt } fileSystems { mountPoint type }
         } } } }`,
    );
    expect(project.virtualMachine.guestInfo).toMatchObject({
      connected: true,
      hostname: 'inside',
      os: { id: 'evil', name: info.os.name, prettyName: info.os.prettyName },
      users: [{ name: HOSTILE }],
    });
    for (const path of ['guest-info', 'ssh-keys', 'memory-dump']) {
      const foreign = await asStranger('GET', `${VM}/${path}`);
      expect([path, foreign.status]).toEqual([path, 404]);
    }
  }, 240_000);

  it("reads its network configuration, and answers for Windows' setup on a CD", async () => {
    await saysInside('cat /run/cidata/network-config', /version: 2\s+ethernets/);
    const label = 'dd if=/dev/sr0 bs=1 skip=32808 count=10 2>/dev/null';
    await saysInside(
      `modprobe virtio_scsi; modprobe sr_mod; ${label}; mount -t iso9660 -o ro /dev/sr0 /mnt; cat /mnt/unattend.xml`,
      /unattendCD[\s\S]*<unattend>canary<\/unattend>/,
    );
  }, 240_000);

  it('lets in whose keys are set, and nobody else, while the guest runs', async () => {
    const file = 'cat /home/ada/.ssh/authorized_keys';
    await saysInside(file, /key-1@example/);
    const kept = await virtgate.rest('POST', '/projects/demo/ssh-keys', { name: 'grace', publicKey: SECOND });
    expect(kept.status).toBe(201);
    const second = await done('PUT', `${VM}/ssh-keys`, { user: 'ada', keys: [FIRST, 'grace'] });
    expect([second.result.live, second.warnings]).toEqual([true, []]);
    await saysInside(file, /key-1@example[\s\S]*key-2@example/);
    const shown = await get(`${VM}/ssh-keys`);
    const digest = createHash('sha256')
      .update(Buffer.from(FIRST.split(' ')[1] ?? '', 'base64'))
      .digest('base64');
    expect(shown).toMatchObject({ user: 'ada', live: true });
    expect(shown.keys).toMatchObject([
      {
        key: FIRST,
        name: null,
        type: 'ssh-ed25519',
        comment: 'key-1@example',
        fingerprint: `SHA256:${digest.replace(/=+$/, '')}`,
      },
      { key: SECOND, name: 'grace' },
    ]);
    await until('it is in use', async () => (await get('/projects/demo/ssh-keys/grace')).usedBy.length === 1);
    const used = await virtgate.rest('DELETE', '/projects/demo/ssh-keys/grace');
    expect([used.status, used.body.code]).toEqual([409, 'ssh_key.in_use']);
    const { setSshKeys } = await virtgate.graphql(
      `mutation ($keys: [String!]!) {
         setSshKeys(input: { project: "demo", virtualMachine: "inside", user: "ada", keys: $keys }) { operation { id kind } }
       }`,
      { keys: [THIRD] },
    );
    expect((await virtgate.settled(setSshKeys.operation)).state).toBe('SUCCEEDED');
    await saysInside(file, /^(?![\s\S]*key-[12])[\s\S]*key-3@example/);
    await until(
      'the cluster says so',
      async () => (await get(`${VM}/ssh-keys`)).synchronized?.value === true,
    );
    const { project } = await virtgate.graphql(
      '{ project(name: "demo") { virtualMachine(name: "inside") { sshAccess { user live keys { comment } synchronized { value } } } } }',
    );
    expect(project.virtualMachine.sshAccess).toEqual({
      user: 'ada',
      live: true,
      keys: [{ comment: 'key-3@example' }],
      synchronized: { value: true },
    });
    await done('PUT', `${VM}/ssh-keys`, { user: 'ada', keys: [] });
    await saysInside('wc -c < /home/ada/.ssh/authorized_keys', /^\s*0\s*$/);

    const bad = await virtgate.rest('PUT', `${VM}/ssh-keys`, {
      user: 'ada; reboot',
      keys: [FIRST, 'command="reboot" ssh-ed25519 AAAA', '-----BEGIN OPENSSH PRIVATE KEY-----'],
    });
    expect([bad.status, bad.body.errors.map(({ pointer }: Json) => pointer)]).toEqual([
      400,
      ['/user', '/keys/1', '/keys/2'],
    ]);
    expect((await asStranger('PUT', `${VM}/ssh-keys`, { user: 'ada', keys: [FIRST] })).status).toBe(404);
    const preview = await virtgate.rest('PUT', `${VM}/ssh-keys?dryRun=true`, { user: 'root', keys: [FIRST] });
    expect([preview.status, preview.body.warnings]).toEqual([
      200,
      [expect.stringContaining('"ada"'), expect.stringContaining('next start')],
    ]);
  }, 240_000);

  it('dumps the memory of the guest, to be downloaded', async () => {
    const small = await virtgate.rest('POST', `${VM}/memory-dump`, { size: '16Mi' });
    expect([small.status, small.body.code, small.body.errors[0].pointer]).toEqual([
      422,
      'memory_dump.too_small',
      '/size',
    ]);
    expect(small.body.detail).toContain('292Mi');
    const { dumpVirtualMachineMemory } = await virtgate.graphql(
      'mutation { dumpVirtualMachineMemory(input: { project: "demo", virtualMachine: "inside" }) { operation { id kind } } }',
    );
    const dumped = await virtgate.settled(dumpVirtualMachineMemory.operation);
    expect([dumped.state, dumped.error]).toEqual(['SUCCEEDED', null]);
    const { disk } = dumped.result;
    expect(await get(`${VM}/memory-dump`)).toMatchObject({
      disk,
      phase: 'Completed',
      fileName: expect.any(String),
    });
    const { project } = await virtgate.graphql(
      '{ project(name: "demo") { virtualMachine(name: "inside") { memoryDump { disk phase } } } }',
    );
    expect(project.virtualMachine.memoryDump).toEqual({ disk, phase: 'Completed' });

    const source = { disk };
    expect((await asStranger('POST', '/projects/strangers/exports', { name: 'core', source })).status).toBe(
      422,
    );
    await done('POST', '/projects/demo/exports', { name: 'core', source });
    const { volumes } = await get('/projects/demo/exports/core');
    const download = await fetch(
      `${virtgate.url}/api/v1/projects/demo/exports/core/volumes/${volumes[0].name}?format=raw`,
      { headers: { authorization: `Bearer ${virtgate.token}` } },
    );
    expect(download.status).toBe(200);
    const core = await readCore(download, Buffer.from(left + right));
    // An ELF core (type 4) of a 64-bit machine, and in it what only ever stood in the guest's memory.
    expect([core.head.subarray(0, 5).toString('latin1'), core.head.readUInt16LE(16)]).toEqual([
      '\x7fELF\x02',
      4,
    ]);
    expect(core.bytes).toBeGreaterThan(192 << 20);
    expect(core.found).toBe(true);
    await done('DELETE', '/projects/demo/exports/core');

    const other = await virtgate.rest('POST', `${VM}/memory-dump`, { size: '1Gi' });
    expect([other.status, other.body.code]).toEqual([409, 'memory_dump.exists']);
    await done('DELETE', `${VM}/memory-dump?disk=delete`);
    expect((await virtgate.rest('GET', `${VM}/memory-dump`)).body.code).toBe('memory_dump.not_found');
    expect((await virtgate.rest('GET', `/projects/demo/disks/${disk}`)).status).toBe(404);
  }, 240_000);

  it('is known by what it told last when it is gone', async () => {
    console.type('killall qemu-ga\n');
    await until('the agent is away', async () => (await get(VM)).agentConnected === false, 120_000);
    expect(await get(`${VM}/guest-info`)).toMatchObject({ connected: false, os: { id: 'evil' } });
    await until('it does not answer its probe', async () => (await get(VM)).ready === false, 120_000);
    expect((await get(VM)).notReadyReason).toContain('readiness probe');
  }, 240_000);

  it('is started again when its watchdog has powered it off', async () => {
    console.type(`${startWatchdog}\n`);
    let told: Json;
    await until(
      'it was started again',
      async () => {
        told = await get(`${VM}/diagnosis`);
        const { state } = await get(VM);
        return state === 'Running' && told.causes?.some(({ code }: Json) => code === 'machine.restarted');
      },
      120_000,
      () => JSON.stringify(told),
    );
    expect(told.causes.find(({ code }: Json) => code === 'machine.restarted').detail).toMatch(
      /run strategy is RerunOnFailure\. KubeVirt says: .* crashed\. \(The watchdog of the guest expired\)$/,
    );
    console.close();
    await done('POST', `${VM}/stop`, { force: true });
    expect((await virtgate.rest('GET', `${VM}/guest-info`)).body.code).toBe('guest.not_running');
  }, 240_000);

  it('keeps its keys in a secret that goes with the machine', async () => {
    const cluster = ClusterAdmin.of(virtgate.kubeconfig);
    const secrets = async (): Promise<string[]> =>
      (await cluster.call('GET', '/api/v1/secrets')).items
        .map(({ metadata }: Json) => metadata.name)
        .filter((name: string) => name.startsWith('inside-'));
    expect(await secrets()).toContainEqual(expect.stringMatching(/^inside-ssh-[0-9a-f]{10}$/));
    await done('DELETE', VM);
    await until('no secret is left', async () => (await secrets()).length === 0);
    cluster.close();
  }, 120_000);
});
