import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync } from 'node:fs';
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  bootModules,
  efiGrubConfig,
  grubConfig,
  guestFiles,
  guestOverrides,
  otherModules,
} from './guest-files.js';

const run = promisify(execFile);

export type GuestImage = { available: true; path: string } | { available: false; missing: string[] };

const grubPlatform = '/usr/lib/grub/i386-pc';
const dataPartitionBytes = 8 * 1024 * 1024;
const efiPartitionBytes = 6 * 1024 * 1024;
const defaultCache = fileURLToPath(new URL('../../node_modules/.cache/virtgate', import.meta.url));

/**
 * A small disk image (about 35 MB, raw, hybrid ISO) that boots by BIOS and by UEFI, secure boot included, from any disk
 * (by UEFI with 320 MiB of memory), prints
 * `virtgate-guest ready <hostname>` on the first serial port, gives a root shell there, keeps what is written to
 * /data, powers off by ACPI and runs Debian's guest agent, with a record of freezes in /run/freezes, and an SSH server
 * for root with the keys of the user data. What /data/message says is printed before the boot line. Built once from Debian's packages and kept; nothing gets installed.
 *
 * Never throws for what this machine lacks: `missing` names it, so that tests can skip and say so.
 */
export async function ensureGuestImage(cache = defaultCache): Promise<GuestImage> {
  const path = join(cache, `guest-image-${await recipeHash()}.img`);
  if (existsSync(path)) {
    return { available: true, path };
  }
  const missing = missingTools();
  if (missing.length > 0) {
    return { available: false, missing };
  }
  await mkdir(cache, { recursive: true });
  await removeAbandonedBuilds(cache);
  // Two builds at once each work in a directory of their own; the last rename wins and both are the same.
  const work = await mkdtemp(join(cache, 'building-'));
  try {
    const packages = await downloadPackages(work);
    const root = join(work, 'root');
    await layOutRoot(root, packages);
    await layOutPrograms(root, packages.unpacked);
    const iso = await makeDisk(work, root, packages);
    await rename(iso, path);
    return { available: true, path };
  } catch (error) {
    return { available: false, missing: [`a guest image that builds: ${reason(error)}`] };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** What builds that were killed left behind; none takes an hour. */
async function removeAbandonedBuilds(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (name.startsWith('building-') && Date.now() - mtimeMs > 3_600_000) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

function reason(error: unknown): string {
  const { message, stderr } = error as { message: string; stderr?: string };
  return (stderr?.trim() || message).split('\n').slice(-3).join('; ');
}

async function recipeHash(): Promise<string> {
  const here = dirname(fileURLToPath(import.meta.url));
  const hash = createHash('sha256');
  for (const name of ['guest-files.ts', 'build-guest-image.ts']) {
    hash.update(await readFile(join(here, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

function missingTools(): string[] {
  const onPath = (tool: string) =>
    (process.env.PATH ?? '').split(delimiter).some((directory) => {
      try {
        accessSync(join(directory, tool), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  const missing = [
    'apt-get',
    'apt-cache',
    'dpkg-deb',
    'grub-mkrescue',
    'xorriso',
    'mformat',
    'mcopy',
    'cpio',
    'gzip',
  ].filter((tool) => !onPath(tool));
  if (process.arch !== 'x64') {
    missing.push('an x86-64 machine');
  }
  if (!existsSync(grubPlatform)) {
    missing.push('grub-pc-bin');
  }
  return missing;
}

interface Packages {
  unpacked: string;
  kernelRelease: string;
}

async function downloadPackages(work: string): Promise<Packages> {
  const downloads = join(work, 'debs');
  const unpacked = join(work, 'packages');
  await mkdir(downloads);
  const kernel = (await dependencies('linux-image-cloud-amd64', false)).find((name) =>
    /^linux-image-[\d.]+-.*cloud-amd64$/.test(name),
  );
  if (!kernel) {
    throw new Error('no linux-image-cloud-amd64 in the package lists; run `apt-get update` once');
  }
  const needed = await Promise.all(
    ['qemu-guest-agent', 'dropbear-bin'].map((name) => dependencies(name, true)),
  );
  const libraries = [...new Set(needed.flat())].filter((name) =>
    /^(lib(c6|glib2\.0|numa|udev|uring|pcre2-8|crypt1|tomcrypt|tommath|gmp10)|zlib1g)/.test(name),
  );
  await run(
    'apt-get',
    [
      'download',
      kernel,
      'busybox-static',
      'qemu-guest-agent',
      'dropbear-bin',
      'shim-signed',
      'grub-efi-amd64-signed',
      ...libraries,
    ],
    { cwd: downloads, maxBuffer: 1 << 24 },
  );
  for (const file of await readdir(downloads)) {
    await run('dpkg-deb', ['-x', join(downloads, file), unpacked]);
  }
  return { unpacked, kernelRelease: kernel.replace('linux-image-', '') };
}

async function dependencies(name: string, recurse: boolean): Promise<string[]> {
  const { stdout } = await run(
    'apt-cache',
    [
      'depends',
      '--no-recommends',
      '--no-suggests',
      '--no-conflicts',
      '--no-breaks',
      '--no-replaces',
      '--no-enhances',
      ...(recurse ? ['--recurse'] : []),
      name,
    ],
    { maxBuffer: 1 << 24 },
  );
  return [...new Set([...stdout.matchAll(/Depends: ([a-z0-9][^\s<>:]*)$/gm)].map((match) => match[1]!))];
}

async function layOutRoot(root: string, { unpacked, kernelRelease }: Packages): Promise<void> {
  const busybox = await busyboxOf(unpacked);
  for (const directory of [
    'bin',
    'sbin',
    'usr/bin',
    'usr/sbin',
    'etc',
    'proc',
    'sys',
    'dev',
    'run',
    'tmp',
    'root',
    'var',
    'mnt',
  ]) {
    await mkdir(join(root, directory), { recursive: true });
  }
  await copyFile(busybox, join(root, 'bin/busybox'));
  const { stdout: applets } = await run(busybox, ['--list-full']);
  for (const applet of applets.split('\n').filter((path) => path && path !== 'bin/busybox')) {
    await mkdir(dirname(join(root, applet)), { recursive: true });
    await symlink('/bin/busybox', join(root, applet)).catch(() => undefined);
  }
  await symlink('/bin/busybox', join(root, 'init'));
  for (const file of [...guestFiles, ...guestOverrides]) {
    const target = join(root, file.path);
    await mkdir(dirname(target), { recursive: true });
    await rm(target, { force: true });
    await writeFile(target, file.text);
    await chmod(target, file.mode);
  }
  await layOutModules(root, busybox, join(unpacked, 'lib/modules', kernelRelease), kernelRelease);
}

/** Only the wanted modules and what they need; `etc/modules` lists the first ones in loading order. */
async function layOutModules(root: string, busybox: string, source: string, release: string): Promise<void> {
  const everything = dirname(dirname(dirname(source)));
  await run(busybox, ['depmod', '-b', everything, release]);
  const needs = new Map<string, string[]>();
  for (const line of (await readFile(join(source, 'modules.dep'), 'utf8')).split('\n')) {
    const [file, rest] = line.split(':');
    if (file) {
      needs.set(file, (rest ?? '').split(' ').filter(Boolean));
    }
  }
  const order: string[] = [];
  const add = (file: string) => {
    for (const needed of needs.get(file) ?? []) {
      add(needed);
    }
    if (!order.includes(file)) {
      order.push(file);
    }
  };
  const fileOf = (module: string) =>
    [...needs.keys()].find(
      (file) => basename(file).replaceAll('-', '_') === `${module.replaceAll('-', '_')}.ko`,
    );
  for (const module of bootModules) {
    const file = fileOf(module);
    if (file) {
      add(file);
    }
  }
  const atBoot = order.length;
  for (const module of otherModules) {
    const file = fileOf(module);
    if (file) {
      add(file);
    }
  }
  const target = join(root, 'lib/modules', release);
  for (const file of order) {
    await mkdir(dirname(join(target, file)), { recursive: true });
    await copyFile(join(source, file), join(target, file));
  }
  await writeFile(
    join(root, 'etc/modules'),
    `${order
      .slice(0, atBoot)
      .map((file) => `${release}/${file}`)
      .join('\n')}\n`,
  );
  await run(busybox, ['depmod', '-b', root, release]);
}

/** Debian's guest agent and SSH server with exactly the libraries that their own loader resolves. */
async function layOutPrograms(root: string, unpacked: string): Promise<void> {
  const loader = await firstExisting(
    join(unpacked, 'lib64/ld-linux-x86-64.so.2'),
    join(unpacked, 'usr/lib64/ld-linux-x86-64.so.2'),
    join(unpacked, 'lib/x86_64-linux-gnu/ld-linux-x86-64.so.2'),
    join(unpacked, 'usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2'),
  );
  const searched = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu'].map((path) => join(unpacked, path));
  await mkdir(join(root, 'lib64'), { recursive: true });
  await mkdir(join(root, 'lib/x86_64-linux-gnu'), { recursive: true });
  await cp(loader, join(root, 'lib64/ld-linux-x86-64.so.2'), { dereference: true });
  for (const program of ['usr/sbin/qemu-ga', 'usr/sbin/dropbear']) {
    const source = join(unpacked, program);
    await copyFile(source, join(root, program));
    const { stdout } = await run(loader, ['--library-path', searched.join(':'), '--list', source]);
    for (const match of stdout.matchAll(/=> (\/\S+)/g)) {
      await cp(match[1]!, join(root, 'lib/x86_64-linux-gnu', basename(match[1]!)), { dereference: true });
    }
  }
}

async function makeDisk(work: string, root: string, { unpacked, kernelRelease }: Packages): Promise<string> {
  const boot = join(work, 'disk/boot');
  await mkdir(join(boot, 'grub'), { recursive: true });
  await copyFile(join(unpacked, `boot/vmlinuz-${kernelRelease}`), join(boot, 'vmlinuz'));
  await writeFile(join(boot, 'grub/grub.cfg'), grubConfig);
  await run('sh', [
    '-c',
    'cd "$1" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1 > "$2"',
    'sh',
    root,
    join(boot, 'initrd'),
  ]);
  const kept = await makeDataPartition(work, unpacked);
  const efi = await makeEfiPartition(work, unpacked);
  const iso = join(work, 'guest.iso');
  await run(
    'grub-mkrescue',
    [
      '-d',
      grubPlatform,
      '-o',
      iso,
      '--locales=',
      '--fonts=',
      '--themes=',
      '--install-modules=biosdisk part_msdos iso9660 linux normal configfile',
      join(work, 'disk'),
      '-append_partition',
      '2',
      '0x83',
      kept,
      '-append_partition',
      '3',
      '0xef',
      efi,
      // The firmware looks at the disk as at a disc first.
      '-eltorito-alt-boot',
      '-e',
      '--interval:appended_partition_3:all::',
      '-no-emul-boot',
    ],
    { maxBuffer: 1 << 24 },
  );
  return iso;
}

/** A small ext2 of its own on the boot disk, which the guest mounts at /data: what is written there stays. */
async function makeDataPartition(work: string, unpacked: string): Promise<string> {
  const path = join(work, 'data.img');
  await writeFile(path, '');
  await truncate(path, dataPartitionBytes);
  await run(await busyboxOf(unpacked), ['mke2fs', '-F', '-m', '0', '-L', 'guest-data', path]);
  return path;
}

/** Debian's own chain, which begins with Microsoft's signature: shim, GRUB, and then the kernel beside it. */
async function makeEfiPartition(work: string, unpacked: string): Promise<string> {
  const path = join(work, 'efi.img');
  const config = join(work, 'efi-grub.cfg');
  await writeFile(config, efiGrubConfig);
  await writeFile(path, '');
  await truncate(path, efiPartitionBytes);
  await run('mformat', ['-i', path, '-v', 'EFI', '::']);
  await run('mmd', ['-i', path, '::/EFI', '::/EFI/BOOT', '::/EFI/debian']);
  const files = [
    [join(unpacked, 'usr/lib/shim/shimx64.efi.signed'), '::/EFI/BOOT/BOOTX64.EFI'],
    [join(unpacked, 'usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed'), '::/EFI/BOOT/grubx64.efi'],
    [config, '::/EFI/debian/grub.cfg'],
  ] as const;
  for (const [source, target] of files) await run('mcopy', ['-i', path, source, target]);
  return path;
}

const busyboxOf = (unpacked: string): Promise<string> =>
  firstExisting(join(unpacked, 'bin/busybox'), join(unpacked, 'usr/bin/busybox'));

async function firstExisting(...paths: string[]): Promise<string> {
  const found = paths.find((path) => existsSync(path));
  if (!found) {
    throw new Error(`none of ${paths.map((path) => basename(path)).join(', ')} in Debian's packages`);
  }
  return found;
}
