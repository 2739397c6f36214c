import type { GuestDisk, GuestSpec } from '../node-driver.js';
import { driveId } from './cdrom-drive.js';
import { type PluggedDisk, pluggedBlock, pluggedDevice, pluggedNode } from './disk-hotplug.js';
import type { GuestFiles } from './guest-files.js';
import { sizeArguments } from './guest-size.js';
import { cardArguments } from './network-cards.js';
import type { UefiFirmwares } from './qemu-tools.js';
import { systemCallFilter } from './system-call-filter.js';

export interface MachineChoice {
  accelerator: 'kvm' | 'tcg';
  firmware?: UefiFirmwares;
  /** Whether QEMU shall be kept from what it has no need for. */
  filtered?: boolean;
}

/** For a process that waits for a guest to move to it. */
export interface Incoming {
  /** What was plugged in while the guest ran, and where it sits. */
  disks: PluggedDisk[];
}

/** The q35 chipset's own AHCI controller. */
const sataPorts = 6;

/**
 * The command line for one guest, without the program itself. Throws an Error in words when the
 * specification asks for what QEMU cannot give. Options whose value may hold any text (paths, names) go in
 * as JSON where QEMU takes it; elsewhere a comma is doubled, which is QEMU's own escape.
 */
export function qemuArguments(
  spec: GuestSpec,
  files: GuestFiles,
  choice: MachineChoice,
  incoming?: Incoming,
): string[] {
  const plugged = incoming?.disks ?? [];
  const args = [
    ['-name', `guest=${escaped(`${spec.namespace}_${spec.name}`)},debug-threads=on`],
    ['-pidfile', files.pidFile],
    ['-nodefaults'],
    ['-no-user-config'],
    choice.filtered ? systemCallFilter : [],
    ...machineArguments(spec, files, choice),
    ...sizeArguments(spec),
    ['-uuid', spec.firmwareUuid],
    ['-smbios', `type=1,manufacturer=KubeVirt,product=None,uuid=${spec.firmwareUuid}`],
    ['-rtc', 'base=utc'],
    // As libvirt does: a guest that shuts down or panics stays for us to look at, until we end the process.
    // So an end that nobody watched is known for what it was when the sandbox comes back.
    ['-action', 'shutdown=pause,panic=pause'],
    ...(spec.watchdog
      ? [
          ['-device', json({ driver: 'i6300esb', id: 'watchdog' })],
          ['-action', `watchdog=${spec.watchdog}`],
        ]
      : []),
    ...tpmArguments(spec, files),
    ['-boot', 'strict=on'],
    ['-chardev', socketChardev('qmp', files.qmp)],
    ['-mon', 'chardev=qmp,mode=control'],
    ['-device', json({ driver: 'virtio-rng-pci' })],
    ['-device', json({ driver: 'pvpanic-pci' })],
    ['-device', json({ driver: 'virtio-serial-pci', id: 'channels' })],
    ['-chardev', socketChardev('agent', files.agent)],
    [
      '-device',
      json({
        driver: 'virtserialport',
        bus: 'channels.0',
        chardev: 'agent',
        name: 'org.qemu.guest_agent.0',
        id: 'agent',
      }),
    ],
    // For disks that come while the guest runs, as in KubeVirt.
    ['-device', json({ driver: 'virtio-scsi-pci', id: 'scsi', num_queues: queues(spec) })],
    ...pluggedArguments(plugged),
    ...diskArguments({ ...spec, disks: [...spec.disks, ...discsOf(spec, files)] }, plugged),
    ...(spec.cloudInit ? seedArguments(spec, files) : []),
    ...cardArguments(spec.interfaces, files),
    ...(spec.serialConsole
      ? [
          ['-chardev', socketChardev('serial', files.serial)],
          ['-serial', 'chardev:serial'],
        ]
      : []),
    ...(spec.graphics
      ? [
          ['-device', json({ driver: 'VGA', vgamem_mb: 16 })],
          ['-vnc', `unix:${escaped(files.vnc)}`],
        ]
      : [['-display', 'none']]),
    ...(spec.startPaused || incoming ? [['-S']] : []),
    ...(incoming ? [['-incoming', 'defer']] : []),
  ];
  return args.flat();
}

function machineArguments(spec: GuestSpec, files: GuestFiles, choice: MachineChoice): string[][] {
  const machine = ['q35'];
  const firmware: string[][] = [];
  const found = uefiFirmware(spec, choice);
  if (found) {
    machine.push('pflash0=uefi-code', 'pflash1=uefi-variables');
    if (spec.secureBoot) {
      // Only code in System Management Mode may write the variables: the guest's own cannot take out the keys.
      machine.push('smm=on');
      firmware.push(['-global', 'driver=cfi.pflash01,property=secure,value=on']);
    }
    firmware.push(
      [
        '-blockdev',
        json({
          driver: 'raw',
          'node-name': 'uefi-code',
          'read-only': true,
          file: file(found.code, true),
        }),
      ],
      [
        '-blockdev',
        json({ driver: 'raw', 'node-name': 'uefi-variables', file: file(uefiVariables(spec, files), false) }),
      ],
    );
  }
  const processor =
    choice.accelerator === 'kvm'
      ? [
          ['-accel', 'kvm'],
          ['-cpu', 'host'],
        ]
      : [
          ['-accel', 'tcg,thread=multi'],
          ['-cpu', 'max'],
        ];
  return [['-machine', machine.join(',')], ...processor, ...firmware];
}

/** Undefined for a guest that boots by BIOS. Throws an Error in words where this machine has none. */
export function uefiFirmware({ uefi, secureBoot }: GuestSpec, { firmware }: MachineChoice) {
  if (!uefi) return undefined;
  const found = secureBoot ? firmware?.secureBoot : firmware?.plain;
  if (found) return found;
  const what = secureBoot ? 'UEFI firmware with secure boot' : 'UEFI firmware';
  throw new Error(`This machine has no ${what} (OVMF) for guests: install the package ovmf`);
}

/** The guest's own copy. */
export const uefiVariables = ({ kept }: GuestSpec, files: GuestFiles): string =>
  kept?.uefiVariables ?? files.uefiVariables;

/** As KubeVirt has it: a TPM that remembers is a CRB. */
function tpmArguments({ tpm, kept }: GuestSpec, files: GuestFiles): string[][] {
  if (!tpm) return [];
  return [
    ['-chardev', `socket,id=tpm-control,path=${escaped(files.tpm)}`],
    ['-tpmdev', 'emulator,id=tpm,chardev=tpm-control'],
    [
      '-device',
      json({ driver: kept?.tpmDirectory ? 'tpm-crb' : 'tpm-tis', id: 'device-tpm', tpmdev: 'tpm' }),
    ],
  ];
}

/**
 * One for each processor of the start, as QEMU chooses by itself: but it would choose anew in the process that a guest
 * moves to after it was given more, which then were another machine.
 */
const queues = ({ vcpus, bootVcpus = vcpus }: GuestSpec): number => bootVcpus;

/** Made when the guest is launched. */
const discsOf = ({ sysprep = [] }: GuestSpec, files: GuestFiles): GuestDisk[] =>
  sysprep.map(({ name, bus, bootOrder }, index) => ({
    name,
    path: files.disc(index),
    format: 'raw',
    bus,
    kind: 'cdrom',
    readOnly: true,
    bootOrder,
  }));

function diskArguments(spec: GuestSpec, plugged: PluggedDisk[]): string[][] {
  const { disks, cdromDrives = [], interfaces } = spec;
  const args: string[][] = [];
  const ordered = [...disks, ...cdromDrives, ...interfaces].some(({ bootOrder }) => bootOrder !== undefined);
  const controllers = new Set<string>();
  let sata = 0;
  disks.forEach((disk, index) => {
    const node = `disk${index}`;
    const readOnly = disk.readOnly || disk.kind === 'cdrom';
    args.push([
      '-blockdev',
      json({
        driver: disk.format,
        'node-name': node,
        'read-only': readOnly,
        ...(readOnly ? {} : { discard: 'unmap' }),
        file: { ...file(disk.path, readOnly), ...(readOnly ? {} : { discard: 'unmap' }) },
      }),
    ]);
    const device = {
      id: `device-${node}`,
      drive: node,
      // Without any order the first disk that can boot does, as in KubeVirt.
      bootindex: ordered ? disk.bootOrder : index + 1,
      serial: disk.serial,
      ...(disk.shared ? { 'share-rw': true } : {}),
    };
    switch (disk.bus) {
      case 'virtio':
        args.push(['-device', json({ driver: 'virtio-blk-pci', 'num-queues': queues(spec), ...device })]);
        break;
      case 'sata':
        if (sata === sataPorts) {
          throw new Error(`A guest has at most ${sataPorts} SATA disks`);
        }
        args.push([
          '-device',
          json({ driver: disk.kind === 'cdrom' ? 'ide-cd' : 'ide-hd', bus: `ide.${sata}`, ...device }),
        ]);
        sata += 1;
        break;
      case 'scsi':
        args.push([
          '-device',
          json({ driver: disk.kind === 'cdrom' ? 'scsi-cd' : 'scsi-hd', bus: 'scsi.0', ...device }),
        ]);
        break;
      case 'usb':
        if (!controllers.has('usb')) {
          controllers.add('usb');
          args.push(['-device', json({ driver: 'qemu-xhci', id: 'usb' })]);
        }
        args.push(['-device', json({ driver: 'usb-storage', bus: 'usb.0', removable: true, ...device })]);
        break;
    }
  });
  for (const { name, bus, bootOrder } of cdromDrives) {
    if (bus !== 'scsi' && sata === sataPorts) throw new Error(`A guest has at most ${sataPorts} SATA disks`);
    const on =
      bus === 'scsi' ? { driver: 'scsi-cd', bus: 'scsi.0' } : { driver: 'ide-cd', bus: `ide.${sata}` };
    if (bus !== 'scsi') sata += 1;
    const disc = plugged.some((disk) => disk.name === name) ? { drive: pluggedNode(name) } : {};
    args.push(['-device', json({ ...on, id: driveId(name), bootindex: bootOrder, ...disc })]);
  }
  return args;
}

/** Discs go into the guest's own drives; see {@link diskArguments}. */
function pluggedArguments(disks: PluggedDisk[]): string[][] {
  return disks.flatMap((disk) => [
    ['-blockdev', json(pluggedBlock(disk))],
    ...(disk.seat ? [['-device', json({ ...pluggedDevice(disk), ...disk.seat })]] : []),
  ]);
}

/** QEMU shows the directory as a read-only FAT disk; cloud-init finds it by its label. */
function seedArguments(spec: GuestSpec, files: GuestFiles): string[][] {
  return [
    [
      '-blockdev',
      json({
        driver: 'raw',
        'node-name': 'seed',
        'read-only': true,
        file: { driver: 'vvfat', dir: files.seed, label: 'cidata', 'read-only': true },
      }),
    ],
    [
      '-device',
      json({ driver: 'virtio-blk-pci', 'num-queues': queues(spec), id: 'device-seed', drive: 'seed' }),
    ],
  ];
}

function file(path: string, readOnly: boolean): Record<string, unknown> {
  return { driver: 'file', filename: path, 'read-only': readOnly };
}

function socketChardev(id: string, path: string): string {
  return `socket,id=${id},path=${escaped(path)},server=on,wait=off`;
}

function escaped(text: string): string {
  return text.replaceAll(',', ',,');
}

function json(value: Record<string, unknown>): string {
  return JSON.stringify(value);
}
