import type { GuestDisk, GuestSpec } from '../node-driver.js';
import { guestFiles } from './guest-files.js';
import { qemuArguments } from './qemu-arguments.js';

const uid = '7d0e6a52-0000-4000-8000-000000000001';
const disk: GuestDisk = {
  name: 'a',
  path: '/d/a.img',
  format: 'raw',
  bus: 'virtio',
  kind: 'disk',
  readOnly: false,
};

function argumentsFor(more: Partial<GuestSpec>, guests = '/g'): string[] {
  const spec: GuestSpec = {
    uid,
    namespace: 'demo',
    name: 'web',
    node: 'node01',
    vcpus: 2,
    memoryBytes: 1_073_741_825n,
    disks: [],
    interfaces: [],
    firmwareUuid: uid,
    uefi: false,
    serialConsole: false,
    graphics: false,
    startPaused: false,
    ...more,
  };
  return qemuArguments(spec, guestFiles(guests, uid), { accelerator: 'tcg' });
}

function devices(args: string[]): Record<string, unknown>[] {
  return args
    .filter((_value, index) => args[index - 1] === '-device')
    .map((value) => JSON.parse(value) as Record<string, unknown>);
}

const bootIndexes = (disks: GuestDisk[]) =>
  devices(argumentsFor({ disks }))
    .filter((device) => device.drive)
    .map((device) => device.bootindex);

describe('QEMU command line', () => {
  it('boots in the order asked for, and in the order given where nothing is asked', () => {
    expect(bootIndexes([disk, disk])).toEqual([1, 2]);
    expect(bootIndexes([disk, { ...disk, bootOrder: 1 }])).toEqual([undefined, 1]);
  });

  it('has one order for disks and cards, and an option ROM only where a card is in it', () => {
    const card = { name: 'default', mac: '02:00:00:00:00:01', model: 'virtio' };
    const args = devices(argumentsFor({ disks: [disk], interfaces: [{ ...card, bootOrder: 1 }] }));
    expect(args.find((device) => device.drive)?.bootindex).toBeUndefined();
    expect(args.find((device) => device.netdev)).toMatchObject({ bootindex: 1 });
    expect(args.find((device) => device.netdev)).not.toHaveProperty('romfile');
    const without = devices(argumentsFor({ interfaces: [card] })).find((device) => device.netdev);
    expect(without).toMatchObject({ romfile: '' });
  });

  it('never gives less memory than asked, and opens a CD read-only', () => {
    const args = argumentsFor({ disks: [{ ...disk, bus: 'sata', kind: 'cdrom' }] });
    expect(args[args.indexOf('-m') + 1]).toBe('1048577K');
    expect(args.join(' ')).toContain('"read-only":true');
    expect(devices(args).find((device) => device.drive)).toMatchObject({ driver: 'ide-cd', bus: 'ide.0' });
  });

  it('keeps commas in paths from becoming options', () => {
    const args = argumentsFor(
      { serialConsole: true, graphics: true, disks: [{ ...disk, path: '/d/a,file.locking=off' }] },
      '/g,x=y',
    );
    expect(args).toContain(`socket,id=qmp,path=/g,,x=y/${uid}/qmp.sock,server=on,wait=off`);
    expect(args).toContain(`unix:/g,,x=y/${uid}/vnc.sock`);
    expect(args.find((arg) => arg.includes('file.locking'))).toContain('"filename":"/d/a,file.locking=off"');
  });

  it('refuses in words what cannot be', () => {
    const sata: GuestDisk = { ...disk, bus: 'sata' };
    expect(() => argumentsFor({ disks: Array(7).fill(sata) })).toThrow('at most 6 SATA disks');
    expect(() => argumentsFor({ uefi: true })).toThrow('no UEFI firmware (OVMF)');
    expect(() => argumentsFor({ uefi: true, secureBoot: true })).toThrow('secure boot (OVMF)');
    expect(() =>
      argumentsFor({ interfaces: [{ name: 'x', mac: '02:00:00:00:00:01', model: 'nope' }] }),
    ).toThrow('nope');
  });

  it('gives a watchdog, and what is done when it is not fed', () => {
    const args = argumentsFor({ watchdog: 'poweroff' });
    expect(args.filter((_, at) => args[at - 1] === '-action')).toEqual([
      'shutdown=pause,panic=pause',
      'watchdog=poweroff',
    ]);
    expect(args.some((argument) => argument.includes('i6300esb'))).toBe(true);
    expect(argumentsFor({}).join(' ')).not.toContain('watchdog');
  });
});
