import { describe, expect, it } from '@jest/globals';
import { vmiSpecCauses } from './vmi-spec-rules.js';

const causesOf = (devices: object, domain: object = {}) =>
  vmiSpecCauses(
    'spec',
    {
      networks: [{ name: 'default', pod: {} }],
      volumes: ['a', 'b'].map((name) => ({ name, dataVolume: { name } })),
      domain: { memory: { guest: '64Mi' }, devices, ...domain },
    },
    false,
  ).map(({ field, message }) => [field, message]);

const nic = (bootOrder?: number) => [{ name: 'default', masquerade: {}, bootOrder }];

describe('what a machine boots from and by', () => {
  it('has one order for disks and interfaces, which begins at 1', () => {
    const disks = [{ name: 'a', bootOrder: 1 }, { name: 'b' }];
    expect(causesOf({ disks, interfaces: nic(2) })).toEqual([]);
    expect(causesOf({ disks, interfaces: nic(1) })).toEqual([
      [
        'spec.domain.devices.interfaces[0].bootOrder',
        'Boot order for spec.domain.devices.interfaces[0].bootOrder already set for a different device.',
      ],
    ]);
    expect(causesOf({ disks: [{ name: 'a' }, { name: 'b', bootOrder: 0 }], interfaces: nic() })).toEqual([
      [
        'spec.domain.devices.disks[1].bootOrder',
        'spec.domain.devices.disks[1] must have a boot order > 0, if supplied',
      ],
    ]);
  });

  it('has SMM where it boots securely, which EFI does unless it is told not to', () => {
    const efi = (settings: object, features?: object) =>
      causesOf({ interfaces: nic() }, { features, firmware: { bootloader: { efi: settings } } }).map(
        ([, message]) => message,
      );
    expect(efi({ secureBoot: true }, { smm: { enabled: true } })).toEqual([]);
    expect(efi({ secureBoot: false })).toEqual([]);
    expect(efi({})[0]).toContain('SecureBoot requires SMM, which is currently disabled.');
    expect(efi({ secureBoot: true }, { smm: { enabled: false } })).toHaveLength(1);
  });
});
