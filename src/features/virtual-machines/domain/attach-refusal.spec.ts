import { type AttachableDisk, attachRefusal } from './attach-refusal.js';
import {
  type Attachment,
  attachPatch,
  bootVolumeOf,
  detachPatch,
  diskDevice,
  ejectPatch,
  emptyDrivesOf,
} from './attachment.js';

const attachment = (more: Partial<Attachment> = {}): Attachment => ({
  claim: 'data',
  volume: 'data',
  kind: 'disk',
  bus: 'virtio',
  bootOrder: null,
  readOnly: false,
  shared: false,
  ...more,
});
const use = (more: object = {}) => ({
  machine: 'other',
  running: false,
  readOnly: false,
  shared: false,
  ...more,
});
const disk = (more: Partial<AttachableDisk> = {}): AttachableDisk => ({
  name: 'data',
  state: 'Ready',
  deleting: false,
  accessModes: ['ReadWriteOnce'],
  attachedTo: [],
  ...more,
});
const MANY = { accessModes: ['ReadWriteMany'] };

const refuse = (one: AttachableDisk, how: Partial<Attachment> = {}, running = false): string => {
  const refusal = attachRefusal(one, attachment(how), { machine: 'm1', running });
  return refusal ? `${refusal.code}: ${refusal.message}` : 'fine';
};

describe('attaching', () => {
  it.each<[string, AttachableDisk, Partial<Attachment>, string]>([
    ['a free disk', disk(), {}, 'fine'],
    ['one that is held still by this machine', disk({ attachedTo: [use({ machine: 'm1' })] }), {}, 'fine'],
    ['one that is being filled', disk({ state: 'Importing' }), {}, 'vm.disk_busy: .*Importing'],
    ['one that is going', disk({ deleting: true }), {}, 'vm.disk_busy'],
    ['another machine has it', disk({ attachedTo: [use()] }), {}, 'vm.disk_busy: .*"other" has'],
    [
      'another machine runs with it',
      disk({ attachedTo: [use({ machine: 'off' }), use({ running: true })] }),
      {},
      'vm.disk_busy: .*"other" is running with',
    ],
    ['nobody asked to share', disk({ ...MANY, attachedTo: [use({ shared: true })] }), {}, 'vm.disk_busy'],
    [
      'the other does not share',
      disk({ ...MANY, attachedTo: [use()] }),
      { shared: true },
      'vm.disk_busy: .*itself alone',
    ],
    ['both share', disk({ ...MANY, attachedTo: [use({ shared: true })] }), { shared: true }, 'fine'],
    ['its storage cannot be shared', disk(), { shared: true }, 'vm.disk_not_shareable: .*ReadWriteOnce'],
    ['both only read', disk({ ...MANY, attachedTo: [use({ readOnly: true })] }), { readOnly: true }, 'fine'],
    [
      'both only read, on one node',
      disk({ attachedTo: [use({ readOnly: true })] }),
      { readOnly: true },
      'vm.disk_busy: .*one node',
    ],
    [
      'the other writes',
      disk({ ...MANY, attachedTo: [use({ running: true })] }),
      { readOnly: true },
      'vm.disk_busy',
    ],
  ])('%s', (_what, one, how, expected) => {
    expect(refuse(one, how)).toMatch(new RegExp(`^${expected}`));
  });

  it('names the machine that has it for programs as well', () => {
    const refusal = attachRefusal(disk({ attachedTo: [use()] }), attachment(), {
      machine: 'm1',
      running: false,
    });
    expect(refusal?.details).toEqual({ virtualMachine: 'other' });
  });

  it('leaves boot order and drives to machines that are off', () => {
    expect(refuse(disk(), { kind: 'cdrom' }, true)).toMatch(/^vm.must_be_stopped/);
    expect(refuse(disk(), { kind: 'cdrom', inserted: true }, true)).toBe('fine');
    expect(refuse(disk(), { bootOrder: 1 }, true)).toMatch(/^vm.must_be_stopped/);
    expect(refuse(disk(), { kind: 'cdrom', bootOrder: 1 })).toBe('fine');
  });
});

describe('the disks of a machine', () => {
  const root = { name: 'root', bootOrder: 1, disk: { bus: 'virtio' } };
  const spec = {
    dataVolumeTemplates: [{ metadata: { name: 'm1-root' } }],
    template: {
      spec: {
        domain: { devices: { disks: [root] } },
        volumes: [{ name: 'root', dataVolume: { name: 'm1-root' } }],
      },
    },
  };

  it('make room in the boot order for what comes in', () => {
    const patch = attachPatch(spec, attachment({ bootOrder: 1, shared: true }));
    expect(patch).toMatchObject({
      spec: {
        template: {
          spec: {
            domain: {
              devices: {
                disks: [
                  { name: 'root', bootOrder: 2 },
                  { name: 'data', bootOrder: 1, shareable: true },
                ],
              },
            },
            volumes: [{ name: 'root' }, { name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
          },
        },
      },
    });
    expect(attachPatch(spec, attachment({ claim: 'm1-root' }))).toBeNull();
  });

  it('are put into a drive that is there, and taken out without it', () => {
    const iso = attachment({ claim: 'iso', volume: 'drive', kind: 'cdrom', bus: 'sata', readOnly: true });
    const removable = { ...iso, removable: true };
    const drive = { name: 'drive', cdrom: { bus: 'sata' } };
    const empty = { template: { spec: { domain: { devices: { disks: [root, drive] } }, volumes: [] } } };
    const source = { claimName: 'iso', readOnly: true, hotpluggable: true };
    const volumes = [{ name: 'drive', persistentVolumeClaim: source }];
    expect(attachPatch(empty, { ...removable, inserted: true })).toEqual({
      spec: { template: { spec: { volumes, domain: { devices: { disks: [root, drive] } } } } },
    });
    expect(emptyDrivesOf([root, drive], [])).toEqual(['drive']);
    expect(emptyDrivesOf([root, drive], volumes)).toEqual([]);
    const full = { template: { spec: { ...empty.template.spec, volumes } } };
    expect(ejectPatch(full, 'iso')).toEqual({ spec: { template: { spec: { volumes: [] } } } });
    expect(ejectPatch(empty, 'iso')).toBeNull();
  });

  it('leave with the template that would make them again', () => {
    expect(detachPatch(spec, 'm1-root')).toMatchObject({
      spec: { dataVolumeTemplates: [], template: { spec: { volumes: [] } } },
    });
    expect(detachPatch(spec, 'none')).toBeNull();
  });

  it('boot in their order, or as they stand', () => {
    const data = { name: 'data' };
    expect(bootVolumeOf([])).toBeNull();
    expect(bootVolumeOf([data, root])).toBe('root');
    expect(bootVolumeOf([data, { name: 'root' }])).toBe('data');
    expect(bootVolumeOf([{ name: 'root', bootOrder: 2 }, data, { name: 'iso', bootOrder: 1 }])).toBe('iso');
  });

  it('say nothing of sharing where nobody asked for it', () => {
    expect(diskDevice(attachment({ kind: 'cdrom', bus: 'sata', readOnly: true }))).toEqual({
      name: 'data',
      cdrom: { bus: 'sata', readonly: true },
    });
  });
});
