import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { copyDisk } from '../images/copy-disk.js';
import { convertToRaw } from '../images/qemu-img.js';
import type { DiskCopy } from '../node-driver.js';
import { findOnPath } from './qemu-tools.js';
import type { QmpClient } from './qmp-client.js';

const run = promisify(execFile);

interface BlockNode {
  'node-name': string;
  drv: string;
  ro: boolean;
  file: string;
  image: { filename: string; 'virtual-size': number };
}

interface Job {
  id: string;
  status: string;
  error?: string;
}

interface Planned {
  node: string;
  target: string;
  /** What QEMU writes: zeros take no room in a qcow2, and all of it in a raw file. */
  draft: string;
  /** Of the job and, with another ending, of the target's node. */
  name: string;
}

const PREFIX = 'virtgate-copy-';
const LOOK_MS = 50;
/** A job that is told to stop waits for what it has under way only. */
const CANCEL_MS = 30_000;

/**
 * Copies disks of a running guest with one transaction of `blockdev-backup`, so that all copies show one
 * instant: what the guest writes from then on is copied aside first. `atInstant` runs `begin` and must come
 * back soon; the guest may be frozen around it. Rejects when a copy fails, with no job or node left in QEMU.
 */
export async function backupDisks(
  qmp: QmpClient,
  copies: readonly DiskCopy[],
  atInstant: (begin: () => Promise<void>) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const nodes = await qmp.execute<BlockNode[]>('query-named-block-nodes', { flat: true });
  const planned: Planned[] = [];
  const qemuImg = findOnPath('qemu-img');
  if (!qemuImg) throw new Error('disks of running guests are copied with qemu-img, which is not on PATH');
  const batch = randomUUID().slice(0, 8);
  try {
    for (const [index, { source, target }] of copies.entries()) {
      const node = nodes.find((one) => one.drv !== 'file' && one.file === source);
      // What the guest cannot write to, or does not have, is the same at any instant.
      if (!node || node.ro) {
        await copyDisk(source, target, signal);
        continue;
      }
      const name = `${PREFIX}${batch}-${index}`;
      const draft = `${target}.qcow2`;
      await run(qemuImg, ['create', '-q', '-f', 'qcow2', draft, String(node.image['virtual-size'])], {
        signal,
      });
      await openDraft(qmp, name, draft);
      planned.push({ node: node['node-name'], target, draft, name });
    }
    signal.throwIfAborted();
    const actions = planned.map(({ node, name }) => ({
      type: 'blockdev-backup',
      data: {
        'job-id': name,
        device: node,
        target: `${name}-file`,
        sync: 'full',
        'auto-dismiss': false,
      },
    }));
    await atInstant(async () => {
      if (actions.length === 0) return;
      await qmp.execute('transaction', { actions, properties: { 'completion-mode': 'grouped' } }, 30_000);
    });
    await finished(qmp, planned, signal);
  } finally {
    await clearJobs(qmp, (name) => name.startsWith(`${PREFIX}${batch}`)).catch(() => undefined);
  }
  for (const { draft, target } of planned) {
    await convertToRaw(qemuImg, 'qcow2', draft, target, signal, () => undefined);
    await rm(draft);
    await flushed(target);
  }
}

/** Ends what an earlier process began in this QEMU and did not see through. */
export function clearBackups(qmp: QmpClient): Promise<void> {
  return clearJobs(qmp, (name) => name.startsWith(PREFIX));
}

async function openDraft(qmp: QmpClient, name: string, path: string): Promise<void> {
  await qmp.execute('blockdev-add', {
    driver: 'qcow2',
    'node-name': `${name}-file`,
    file: { driver: 'file', filename: path },
  });
}

async function finished(qmp: QmpClient, planned: Planned[], signal: AbortSignal): Promise<void> {
  const names = new Set(planned.map(({ name }) => name));
  for (;;) {
    signal.throwIfAborted();
    const jobs = (await qmp.execute<Job[]>('query-jobs')).filter(({ id }) => names.has(id));
    const failed = jobs.find(({ status, error }) => status === 'concluded' && error);
    if (failed) throw new Error(`a disk could not be copied: ${failed.error}`);
    if (jobs.length < names.size) throw new Error('a disk could not be copied: its job is gone');
    if (jobs.every(({ status }) => status === 'concluded')) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function clearJobs(qmp: QmpClient, mine: (name: string) => boolean): Promise<void> {
  const deadline = Date.now() + CANCEL_MS;
  for (;;) {
    const jobs = (await qmp.execute<Job[]>('query-jobs')).filter(({ id }) => mine(id));
    for (const { id, status } of jobs) {
      const command = status === 'concluded' ? 'job-dismiss' : 'job-cancel';
      await qmp.execute(command, { id }).catch(() => undefined);
    }
    if (jobs.length === 0 || Date.now() > deadline) break;
    if (jobs.some(({ status }) => status !== 'concluded')) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
  const nodes = await qmp.execute<BlockNode[]>('query-named-block-nodes', { flat: true });
  for (const { 'node-name': node } of nodes) {
    if (mine(node) && node.endsWith('-file')) await qmp.execute('blockdev-del', { 'node-name': node });
  }
}

async function flushed(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}
