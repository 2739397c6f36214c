import { randomBytes, randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CLONE_KIND } from '../../src/features/clones/operation-kinds.js';
import { CREATE_DISK_KIND, UPLOAD_DISK_KIND } from '../../src/features/disks/operation-kinds.js';
import { CREATE_KIND as CREATE_EXPORT_KIND } from '../../src/features/exports/operation-kinds.js';
import type { OperationKind } from '../../src/features/operations/operations.contract.js';
import { RESTORE_KIND, RESTORE_TO_NEW_KIND } from '../../src/features/restores/operation-kinds.js';
import { CREATE_SNAPSHOT_KIND } from '../../src/features/snapshots/operation-kinds.js';
import { CREATE_KIND as CREATE_MACHINE_KIND } from '../../src/features/virtual-machines/operation-kinds.js';
import type { ClusterAdmin } from './cluster-admin.js';
import type { StepHolds } from './step-holds.js';
import { type Answer, type Json, until, type Virtgate } from './virtgate.js';

const MIB = 1024 * 1024;
export const IMAGE = randomBytes(16 * MIB);

/** What work is done with. The product may be another one after its supervisor was killed. */
export interface Bench {
  virtgate: Virtgate;
  admin: ClusterAdmin;
  holds: StepHolds;
  /** Of the web server that has IMAGE as `/image.img`, and slowly as `/slow.img`. */
  origin: string;
}

/** One operation on its way to the step in which something is killed. */
export interface Work {
  operation: string;
  /** Of what it makes, or makes anew. */
  name: string;
  /** To be done once the operation may go on: what kept it from outside is taken away. */
  goOn?(): Promise<void> | void;
  /** After success: throws where the bytes are not what they should be. */
  check?(): Promise<void>;
}

export interface Subject {
  kind: OperationKind;
  /** Those of the kind that this work comes through; all where it does not say. */
  steps?: readonly string[];
  /** Steps that ask nothing, or are over before they can be seen otherwise: held when they are about to be left. */
  waits: readonly string[];
  /** The step in which the operation is given up to have it clean up. */
  givenUpIn: string;
  giveUp(bench: Bench, work: Work): Promise<void>;
  /** It may end FAILED, with a reason: what a killed process held cannot be had again. */
  mayFail?: boolean;
  /** What must be there before it can begin. */
  prepare?(bench: Bench, name: string, step: string): Promise<void>;
  /** While no worker runs: the operation has not gone on when this returns. */
  begin(bench: Bench, name: string, step: string): Promise<Work>;
}

/** Connections to a gateway that was killed break when they are used again: the same request is sent once more. */
export async function call(
  { virtgate }: Pick<Bench, 'virtgate'>,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const headers: Record<string, string> = method === 'POST' ? { 'idempotency-key': randomUUID() } : {};
  let answer: Answer | null = null;
  await until(`${method} ${path} is answered`, async () => {
    answer = await virtgate.rest(method, path, body, headers).catch(() => null);
    return answer !== null;
  });
  return answer as unknown as Answer;
}

export const accepted = async (bench: Bench, path: string, body: unknown): Promise<string> => {
  const answer = await call(bench, 'POST', `/projects/demo${path}`, body);
  if (answer.status !== 202) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.id;
};

export async function cancel({ virtgate }: Bench, { operation }: Work): Promise<void> {
  const { status, body } = await call({ virtgate }, 'POST', `/operations/${operation}/cancel`);
  if (status >= 300) throw new Error(`cancel: ${status} ${JSON.stringify(body)}`);
}

export const get = async (bench: Bench, path: string): Promise<Json> =>
  (await call(bench, 'GET', `/projects/demo${path}`)).body;

const imageFile = (bench: Bench, claimUid: string): string =>
  join(bench.virtgate.dataDirectory, 'sandbox', 'disks', `${claimUid}.img`);

/** Throws unless the disk begins with the image. */
export async function assertHolds(bench: Bench, disk: Json, content: Buffer = IMAGE): Promise<void> {
  const file = openSync(imageFile(bench, disk.id), 'r');
  try {
    const found = Buffer.alloc(content.length);
    readSync(file, found, 0, found.length, 0);
    if (!found.equals(content)) throw new Error(`The disk ${disk.name} does not hold what it should.`);
  } finally {
    closeSync(file);
  }
}

/** The one disk of a machine. */
async function diskOf(bench: Bench, machine: string): Promise<Json> {
  const { items } = await get(bench, '/disks?limit=200');
  const found = items.filter((disk: Json) => disk.attachedTo.some((use: Json) => use.machine === machine));
  if (found.length !== 1) throw new Error(`${machine} has ${found.length} disks.`);
  return found[0];
}

/** Overwrites the beginning, as a guest would. */
async function spoil(bench: Bench, disk: Json): Promise<void> {
  const file = openSync(imageFile(bench, disk.id), 'r+');
  writeSync(file, Buffer.alloc(MIB, 7), 0, MIB, 0);
  closeSync(file);
}

const machine = (name: string, url: string, start: boolean) => ({
  name,
  cpus: 1,
  memory: '64Mi',
  bootDisk: { url, size: '32Mi' },
  start,
  userData: '#cloud-config\n{}\n',
});

/** The machines and snapshots that the work is about; they outlast it. */
export const SOURCES = ['to-snapshot', 'to-restore', 'to-clone', 'to-export', 'to-export-disk'] as const;
export const SOURCE_SNAPSHOT = 'restore-point';

export async function done({ virtgate }: Bench, id: string): Promise<void> {
  const settled = await virtgate.settled({ id, kind: 'preparation' });
  if (settled.state !== 'SUCCEEDED') throw new Error(JSON.stringify(settled));
}

export async function makeSources(bench: Bench): Promise<void> {
  const url = `${bench.origin}/image.img`;
  await Promise.all(
    SOURCES.map(async (name) =>
      done(bench, await accepted(bench, '/vms', machine(name, url, !name.startsWith('to-export')))),
    ),
  );
  await done(bench, await accepted(bench, '/vms/to-restore/snapshots', { name: SOURCE_SNAPSHOT }));
}

const createMachine: Subject = {
  kind: CREATE_MACHINE_KIND,
  waits: ['import-disk'],
  givenUpIn: 'import-disk',
  giveUp: cancel,
  async begin(bench, name, step) {
    const slow = ['import-disk', 'clean-up'].includes(step);
    const url = `${bench.origin}/${slow ? 'slow' : 'image'}.img`;
    // A machine whose run strategy is Manual is started by a step of its own.
    const body = { ...machine(name, url, true), runStrategy: 'Manual' };
    const operation = await accepted(bench, '/vms', body);
    return { operation, name, check: async () => assertHolds(bench, await diskOf(bench, name)) };
  },
};

const importDisk: Subject = {
  kind: CREATE_DISK_KIND,
  waits: ['fill'],
  givenUpIn: 'fill',
  giveUp: cancel,
  async begin(bench, name, step) {
    const slow = ['fill', 'clean-up'].includes(step);
    // Whose secret must not outlast the import; a step of its own sees to that.
    const credentials = { username: 'reader', password: 'of images' };
    const source = { url: `${bench.origin}/${slow ? 'slow' : 'image'}.img`, credentials };
    const operation = await accepted(bench, '/disks', { name, source, size: '32Mi' });
    return { operation, name, check: async () => assertHolds(bench, await get(bench, `/disks/${name}`)) };
  },
};

/** Packed small, and long to unpack: what the cluster does with it after the last byte can be seen. */
let packed: Buffer | null = null;
const packedImage = (): Buffer => {
  packed ??= Buffer.concat([
    gzipSync(IMAGE, { level: 1 }),
    ...Array.from({ length: 24 }, () => gzipSync(Buffer.alloc(64 * MIB))),
  ]);
  return packed;
};

const upload: Subject = {
  kind: UPLOAD_DISK_KIND,
  waits: ['receive', 'process'],
  mayFail: true,
  givenUpIn: 'receive',
  giveUp: (bench, { name }) => silence(bench, name),
  async prepare(bench, name, step) {
    const size = step === 'process' ? '2Gi' : '32Mi';
    await done(bench, await accepted(bench, '/disks', { name, source: { upload: {} }, size }));
  },
  async begin(bench, name, step) {
    const content = step === 'process' ? packedImage() : IMAGE;
    const sent = sendTo(bench, name, content.length);
    if (step === 'process') sent.end(content);
    else sent.write(content.subarray(0, content.length / 2));
    let operation = '';
    await until('the upload has an operation', async () => {
      const { rows } = await bench.holds.query(
        `SELECT id FROM operation WHERE kind = $1 AND target_name = $2`,
        [UPLOAD_DISK_KIND.kind, name],
      );
      operation = rows[0]?.id ?? '';
      return operation !== '';
    });
    const goOn = () => {
      if (!sent.destroyed && !sent.writableEnded) sent.end(content.subarray(content.length / 2));
      return timePasses(bench, operation, name);
    };
    const check = async () => assertHolds(bench, await get(bench, `/disks/${name}`));
    return { operation, name, goOn, check };
  },
};

function sendTo({ virtgate }: Bench, disk: string, length: number): ClientRequest {
  const sent = request(`${virtgate.url}/api/v1/projects/demo/disks/${disk}/content`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${virtgate.token}`,
      'content-type': 'application/octet-stream',
      'content-length': length,
    },
  });
  // How it went is told by the operation.
  sent.on('error', () => {}).on('response', (response) => response.resume());
  return sent;
}

const UPLOAD_NOTE = 'virtgate.io/disk-upload';

/** The gateway that receives is killed, and silent for long. */
async function silence(bench: Bench, disk: string): Promise<void> {
  await until('the upload is noted', async () => (await uploadNote(bench, disk))?.note.state === 'receiving');
  await bench.virtgate.killAndAwaitRestart('gateway');
  await makeOld(bench, disk);
}

/** What a gateway no longer speaks of is made as old as it would be when it is given up. */
async function timePasses(bench: Bench, operation: string, disk: string): Promise<void> {
  let last = '';
  let quietSince = Date.now();
  await until(
    'the upload settles',
    async () => {
      const { rows } = await bench.holds.query('SELECT finished_at FROM operation WHERE id = $1', [
        operation,
      ]);
      if (rows[0]?.finished_at) return true;
      const at = (await uploadNote(bench, disk).catch(() => null))?.note.at ?? last;
      if (at !== last) quietSince = Date.now();
      last = at;
      if (Date.now() - quietSince > 8000) await makeOld(bench, disk).catch(() => {});
      return false;
    },
    120_000,
  );
}

interface NotedUpload {
  path: string;
  note: Json;
}

async function uploadNote({ admin }: Bench, disk: string): Promise<NotedUpload | null> {
  const { items } = await admin.call('GET', '/api/v1/persistentvolumeclaims');
  const metadata = items.find((claim: Json) => claim.metadata.name === disk)?.metadata;
  const text = metadata?.annotations?.[UPLOAD_NOTE];
  if (!text) return null;
  const path = `/api/v1/namespaces/${metadata.namespace}/persistentvolumeclaims/${disk}`;
  return { path, note: JSON.parse(text) };
}

async function makeOld(bench: Bench, disk: string): Promise<void> {
  const found = await uploadNote(bench, disk);
  if (!found) return;
  const note = { ...found.note, at: '2020-01-01T00:00:00.000Z' };
  const annotations = { [UPLOAD_NOTE]: JSON.stringify(note) };
  await bench.admin.call('PATCH', found.path, { metadata: { annotations } }, 'application/merge-patch+json');
}

const snapshot: Subject = {
  kind: CREATE_SNAPSHOT_KIND,
  waits: ['take'],
  givenUpIn: 'create-snapshot',
  giveUp: cancel,
  async begin(bench, name, step) {
    const operation = await accepted(bench, '/vms/to-snapshot/snapshots', { name });
    if (step === 'create-snapshot') return { operation, name };
    const unlock = await lock(bench, 'to-snapshot', name);
    return { operation, name, goOn: unlock };
  },
};

/** Somebody's restore, by kubectl, has a running machine locked until it is stopped. Answers how to let go of it. */
async function lock({ admin }: Bench, target: string, name: string): Promise<() => Promise<void>> {
  const { path, namespace } = await find({ admin }, target);
  const restores = `/apis/snapshot.kubevirt.io/v1beta1/namespaces/${namespace}/virtualmachinerestores`;
  await admin.call('POST', restores, {
    apiVersion: 'snapshot.kubevirt.io/v1beta1',
    kind: 'VirtualMachineRestore',
    metadata: { name },
    spec: {
      target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: target },
      virtualMachineSnapshotName: SOURCE_SNAPSHOT,
    },
  });
  const holder = async () => {
    const machine = await admin.call('GET', path).catch(() => null);
    return machine && (machine.status?.restoreInProgress ?? 'nobody');
  };
  await until(`${target} is locked`, async () => (await holder()) === name);
  return async () => {
    await until(`${target} is let go`, async () => {
      await admin.call('DELETE', `${restores}/${name}`).catch(() => null);
      return (await holder()) === 'nobody';
    });
  };
}

const restoreInPlace: Subject = {
  kind: RESTORE_KIND,
  waits: [],
  givenUpIn: 'safety-snapshot',
  giveUp: cancel,
  async begin(bench, name, step) {
    const disk = await diskOf(bench, 'to-restore');
    await spoil(bench, disk);
    const body = { safetySnapshot: true, force: true };
    const operation = await accepted(bench, `/snapshots/${SOURCE_SNAPSHOT}/restore`, body);
    const check = async () => {
      if (step !== 'clean-up') await assertHolds(bench, await diskOf(bench, 'to-restore'));
    };
    return { operation, name, check };
  },
};

const restoreToNew: Subject = {
  kind: RESTORE_TO_NEW_KIND,
  waits: [],
  givenUpIn: 'restore',
  giveUp: cancel,
  async begin(bench, name) {
    const body = { newName: name, start: true };
    const operation = await accepted(bench, `/snapshots/${SOURCE_SNAPSHOT}/restore`, body);
    return { operation, name, check: async () => assertHolds(bench, await diskOf(bench, name)) };
  },
};

const clone: Subject = {
  kind: CLONE_KIND,
  waits: [],
  givenUpIn: 'copy',
  giveUp: cancel,
  async begin(bench, name) {
    const operation = await accepted(bench, '/vms/to-clone/clone', { name, start: true });
    return { operation, name, check: async () => assertHolds(bench, await diskOf(bench, name)) };
  },
};

const exporting = (from: string, sourceOf: (bench: Bench) => Promise<Json>): Subject => ({
  kind: CREATE_EXPORT_KIND,
  waits: ['wait-ready'],
  givenUpIn: 'create-export',
  giveUp: cancel,
  async begin(bench, name, step) {
    const operation = await accepted(bench, '/exports', { name, source: await sourceOf(bench) });
    if (step !== 'wait-ready') return { operation, name };
    // A machine that somebody starts meanwhile keeps its disk from being exported.
    await run(bench, from, 'Always', 'Running');
    return { operation, name, goOn: () => run(bench, from, 'Halted', 'Stopped') };
  },
});

const exportMachine = exporting('to-export', async () => ({ vm: 'to-export' }));
const exportDisk = exporting('to-export-disk', async (bench) => ({
  disk: (await diskOf(bench, 'to-export-disk')).name,
}));

/** Where a machine is in the cluster's API, which may be the one that is coming back. */
async function find(
  { admin }: Pick<Bench, 'admin'>,
  name: string,
): Promise<{ path: string; namespace: string }> {
  let namespace = '';
  await until(`${name} is found`, async () => {
    const found = await admin.call('GET', '/apis/kubevirt.io/v1/virtualmachines').catch(() => null);
    namespace = found?.items?.find((vm: Json) => vm.metadata.name === name)?.metadata.namespace ?? '';
    return namespace !== '';
  });
  return { path: `/apis/kubevirt.io/v1/namespaces/${namespace}/virtualmachines/${name}`, namespace };
}

async function run({ admin }: Bench, name: string, runStrategy: string, state: string): Promise<void> {
  const { path } = await find({ admin }, name);
  await until(`${name} is to be ${runStrategy}`, async () => {
    const body = { spec: { runStrategy } };
    const answer = await admin.call('PATCH', path, body, 'application/merge-patch+json').catch(() => null);
    return answer?.spec?.runStrategy === runStrategy;
  });
  await until(`${name} is ${state}`, async () => {
    const found = await admin.call('GET', path).catch(() => null);
    return found?.status?.printableStatus === state;
  });
}

/** The ones about machines and single disks; the others are beside. */
export const WORK_OF_MACHINES: readonly Subject[] = [
  createMachine,
  importDisk,
  upload,
  snapshot,
  restoreInPlace,
  restoreToNew,
  clone,
  exportMachine,
  exportDisk,
];

/** Takes away all that was made beside the sources. */
export async function sweep(bench: Bench): Promise<void> {
  const kept = new Set<string>([...SOURCES, SOURCE_SNAPSHOT]);
  const remove = async (path: string): Promise<void> => {
    const { status, body } = await call(bench, 'DELETE', `/projects/demo${path}`);
    if (status === 404) return;
    const settled = status === 202 ? await bench.virtgate.settled(body) : body;
    if (settled.state !== 'SUCCEEDED')
      throw new Error(`DELETE ${path}: ${status} ${JSON.stringify(settled)}`);
  };
  const all = async (what: string): Promise<string[]> => {
    const { items } = await get(bench, `/${what}?limit=200`);
    return items.map(({ name }: Json) => name).filter((name: string) => !kept.has(name));
  };
  const removeAll = async (what: string, more = ''): Promise<void> => {
    await Promise.all((await all(what)).map((name) => remove(`/${what}/${name}${more}`)));
  };
  await removeAll('exports');
  await removeAll('images');
  await removeAll('vms', '?disks=delete');
  await removeAll('snapshots');
  const { items } = await get(bench, '/disks?limit=200');
  await Promise.all(
    items
      .filter((disk: Json) => disk.attachedTo.length === 0)
      .map(({ name }: Json) => remove(`/disks/${name}`)),
  );
}
