import { Failure } from '../../../kernel/failure.js';
import { observeMachine } from '../data/machine-view.js';
import { bootDevicesOf, bootOrderPatch, bootOrderText } from './boot-order.js';
import { attachInterfacePatch } from './interface-change.js';
import { virtualMachineManifest } from './manifest.js';
import { specify } from './specify.js';
import { specifyChange, type UpdateBody } from './update-body.js';

const body = { name: 'web', cpus: 1, memory: '1Gi', bootDisk: { blank: true, size: '1Gi' } };
const requestedBy = { type: 'user' as const, id: 'u', name: 'Ada' };
const from = { namespace: 'n', operationId: 'o', requestId: 'r', requestedBy };
const manifestOf = (more: object = {}) =>
  virtualMachineManifest(specify({ ...body, ...more }, null, [null, 'n/lan']), from);
const devicesOf = (more: object) => manifestOf(more).spec.template.spec.domain.devices;
const pxe = { networks: [{ network: 'pod' }, { network: 'lan', bootOrder: 1 }] };
const machine = manifestOf(pxe);

const problems = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) return error.errors?.map(({ pointer }) => pointer) ?? error.code;
    throw error;
  }
  return 'fine';
};
const changed = (order: UpdateBody['bootOrder']) =>
  specifyChange({ bootOrder: order }, observeMachine(machine)).bootOrder ?? [];

describe('what a machine boots from', () => {
  it('is its disk, after the networks that were put first', () => {
    expect(bootOrderText(bootDevicesOf(devicesOf({})))).toBe('rootdisk');
    expect(bootOrderText(bootDevicesOf(devicesOf(pxe)))).toBe('lan, rootdisk');
    const later = { networks: [{ network: 'pod' }, { network: 'lan', bootOrder: 2 }] };
    expect(bootOrderText(bootDevicesOf(devicesOf(later)))).toBe('rootdisk, lan');
    const both = { ...pxe, bootDisk: { ...body.bootDisk, bootOrder: 7 } };
    expect(bootOrderText(bootDevicesOf(devicesOf(both)))).toBe('lan, rootdisk');
  });

  it('has each place once, from 1 on', () => {
    const create = (bootDisk: object, network: object) =>
      problems(() =>
        manifestOf({
          bootDisk: { ...body.bootDisk, ...bootDisk },
          networks: [{ network: 'pod' }, { network: 'lan', ...network }],
        }),
      );
    expect(create({ bootOrder: 1 }, { bootOrder: 2 })).toBe('fine');
    expect(create({ bootOrder: 1 }, { bootOrder: 1 })).toEqual(['/networks/1/bootOrder']);
    expect(create({ bootOrder: 0 }, { bootOrder: 129 })).toEqual([
      '/bootDisk/bootOrder',
      '/networks/1/bootOrder',
    ]);
  });

  it('is given anew as a whole, by names that the machine shows', () => {
    const order = changed([{ disk: 'root' }, { interface: 'default' }]);
    expect(order).toEqual([
      { kind: 'disks', name: 'rootdisk' },
      { kind: 'interfaces', name: 'default' },
    ]);
    const { spec } = bootOrderPatch(machine.spec, order) as typeof machine;
    const { devices } = spec.template.spec.domain;
    expect(bootDevicesOf(devices)).toEqual(order);
    const [before] = machine.spec.template.spec.domain.devices.interfaces;
    expect(devices.interfaces[0]).toEqual({ ...before, bootOrder: 2 });
    expect(devices.interfaces[1]).not.toHaveProperty('bootOrder');
    expect(changed([{ disk: 'web-root' }])).toEqual([{ kind: 'disks', name: 'rootdisk' }]);
    expect(changed(null)).toEqual([]);
    expect(specifyChange({ tpm: true }, observeMachine(machine)).bootOrder).toBeNull();
  });

  it('is refused where the machine has it not, or twice, or no more', () => {
    expect(problems(() => changed([{ disk: 'root' }, { disk: 'other' }, {}]))).toEqual([
      '/bootOrder/1',
      '/bootOrder/2',
    ]);
    expect(problems(() => changed([{ disk: 'root', interface: 'lan' }]))).toEqual(['/bootOrder/0']);
    expect(problems(() => changed([{ disk: 'root' }, { disk: 'web-root' }]))).toEqual(['/bootOrder']);
    const gone = [{ kind: 'interfaces' as const, name: 'gone' }];
    expect(problems(() => bootOrderPatch(machine.spec, gone))).toBe('vm.boot_device_gone');
  });

  it('makes room for an interface that comes first, also among the disks', () => {
    const device = { name: 'more', bridge: {}, bootOrder: 2 };
    const patch = attachInterfacePatch(machine.spec, { device, network: { name: 'more', multus: {} } });
    const { devices } = (patch as typeof machine).spec.template.spec.domain;
    expect(bootOrderText(bootDevicesOf(devices))).toBe('lan, more, rootdisk');
    const last = attachInterfacePatch(machine.spec, {
      device: { name: 'more', bridge: {} },
      network: { name: 'more', multus: {} },
    });
    expect((last as typeof machine).spec.template.spec.domain.devices).not.toHaveProperty('disks');
  });
});
