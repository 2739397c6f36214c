import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Assembled from kvm-probe.s. */
const bootCode = Buffer.from(
  '+jHAjtiOwI7QvAB8/Pu5AwCLHmwE9DsebAR0+eLz+r8AELkAGPOrxwYAEAMgxwYAIAMwxwYAMIMADyDgDCAPIuBmuAAQAAAPIthmuYAA' +
    'AMAPMoDMAQ8wDyDAZg0BAACADyLADwEWkHzqbXwIALmA8PoC/8l1/Ga6AQWwMe706/0AAAAAAAAAAAAAAAAAmiAADwCAfAAA',
  'base64',
);

/** isa-debug-exit ends QEMU with twice the written value plus one. */
const successStatus = (0x31 << 1) | 1;

export interface KvmVerdict {
  works: boolean;
  reason: string;
}

export interface KvmProbeOptions {
  /** Absolute path of qemu-system-x86_64. */
  qemu: string;
  /** The verdict is kept here; asked again after a reboot, on another kernel or with another QEMU. */
  cacheFile: string;
  timeoutMs?: number;
  device?: string;
}

/**
 * Whether a guest really boots with KVM on this machine. `/dev/kvm` may be there, may even be opened, and
 * guests hang on it all the same (nested virtualisation); so a boot sector is run. Never throws.
 */
export async function probeKvm({
  qemu,
  cacheFile,
  timeoutMs = 5_000,
  device = '/dev/kvm',
}: KvmProbeOptions): Promise<KvmVerdict> {
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
  } catch {
    return { works: false, reason: `${device} cannot be opened` };
  }
  const machine = await machineNow(qemu);
  const cached = await readVerdict(cacheFile, machine);
  if (cached) {
    return cached;
  }
  const verdict = await bootProbeSector(qemu, ['-accel', 'kvm', '-cpu', 'host'], timeoutMs).catch(
    (error: Error) => ({ works: false, reason: error.message }),
  );
  await mkdir(dirname(cacheFile), { recursive: true })
    .then(() => writeFile(cacheFile, JSON.stringify({ machine, ...verdict })))
    .catch(() => undefined);
  return verdict;
}

/** Boots the sector with the given accelerator. */
export async function bootProbeSector(
  qemu: string,
  accelerator: string[],
  timeoutMs: number,
): Promise<KvmVerdict> {
  const work = await mkdtemp(join(tmpdir(), 'virtgate-probe-'));
  try {
    // SeaBIOS does not boot from a disk of less than a few cylinders.
    const disk = Buffer.alloc(1 << 20);
    bootCode.copy(disk);
    disk.writeUInt16LE(0xaa55, 510);
    const image = join(work, 'probe.img');
    await writeFile(image, disk);
    return await runProbe(
      qemu,
      [
        ...accelerator,
        ...[
          '-machine',
          'q35',
          '-m',
          '32',
          '-nodefaults',
          '-no-user-config',
          '-no-reboot',
          '-display',
          'none',
        ],
        ...['-device', 'isa-debug-exit,iobase=0x501,iosize=1'],
        ...[
          '-blockdev',
          JSON.stringify({ driver: 'file', filename: image, 'node-name': 'probe', 'read-only': true }),
        ],
        ...['-device', 'virtio-blk-pci,drive=probe,bootindex=1'],
      ],
      timeoutMs,
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function runProbe(qemu: string, args: string[], timeoutMs: number): Promise<KvmVerdict> {
  return new Promise((resolve) => {
    const child = spawn(qemu, args, { stdio: 'ignore' });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ works: false, reason: error.message });
    });
    child.on('exit', (status, signal) => {
      clearTimeout(timer);
      if (status === successStatus) {
        resolve({ works: true, reason: 'a probe guest booted' });
      } else if (late) {
        resolve({ works: false, reason: `a probe guest did not boot within ${timeoutMs} ms` });
      } else {
        resolve({ works: false, reason: `QEMU ended with ${signal ?? `status ${status}`} on a probe guest` });
      }
    });
  });
}

/** Changes whenever the verdict may: boot of the host, its kernel, the QEMU binary. */
async function machineNow(qemu: string): Promise<string> {
  const [bootId, version] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readFile('/proc/version', 'utf8').catch(() => ''),
  ]);
  return [bootId.trim(), version.trim(), qemu].join(' ');
}

async function readVerdict(cacheFile: string, machine: string): Promise<KvmVerdict | undefined> {
  try {
    const cached = JSON.parse(await readFile(cacheFile, 'utf8')) as KvmVerdict & { machine: string };
    return cached.machine === machine ? { works: cached.works, reason: cached.reason } : undefined;
  } catch {
    return undefined;
  }
}
