import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { qemuProcesses } from './machines.js';

/** Of QEMU's image locks, the byte that stands for the right to write. @see QEMU block/file-posix.c */
const WRITE_BYTE = 101;

/** The QEMU processes below a data directory that may write to an image of its disks, by image. */
export function imageOwners(dataDirectory: string): Map<string, Set<number>> {
  const owners = new Map<string, Set<number>>();
  for (const pid of qemuProcesses(dataDirectory)) {
    for (const fd of listed(`/proc/${pid}/fd`)) {
      const image = link(`/proc/${pid}/fd/${fd}`);
      if (!image.includes('/disks/') || !mayWrite(text(`/proc/${pid}/fdinfo/${fd}`))) continue;
      owners.set(image, (owners.get(image) ?? new Set()).add(pid));
    }
  }
  return owners;
}

function mayWrite(fdinfo: string): boolean {
  return fdinfo
    .split('\n')
    .filter((line) => line.startsWith('lock:'))
    .some((line) => {
      const [start = Number.NaN, end = Number.NaN] = line.trim().split(/\s+/).slice(-2).map(Number);
      return start <= WRITE_BYTE && WRITE_BYTE <= end;
    });
}

/** Looks all the time whether an image has two owners; `stop` tells of those that had. */
export function watchOwners(dataDirectory: string): { seen(): number; stop(): string[] } {
  const shared: string[] = [];
  let seen = 0;
  const timer = setInterval(() => {
    for (const [image, pids] of imageOwners(dataDirectory)) {
      seen += 1;
      if (pids.size > 1) shared.push(`${image}: ${[...pids].join(' ')}`);
    }
  }, 25);
  return {
    seen: () => seen,
    stop: () => {
      clearInterval(timer);
      return shared;
    },
  };
}

// Processes end while one looks at them.

function listed(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
