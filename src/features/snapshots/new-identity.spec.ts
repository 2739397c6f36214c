import {
  guestSecrets,
  newFirmwareUuid,
  newMac,
  personalisation,
  restorePatches,
} from './new-identity.contract.js';

const identity = { name: 'copy', hostname: 'copy', freshMacs: true };
const spec = {
  runStrategy: 'Always',
  template: {
    spec: {
      hostname: 'web',
      domain: {
        firmware: { uuid: 'old', serial: 'old', bootloader: { efi: {} } },
        devices: {
          interfaces: [
            { name: 'default', masquerade: {}, macAddress: '02:00:00:00:00:01' },
            { name: 'lan', bridge: {} },
          ],
        },
      },
      volumes: [
        { name: 'rootdisk', dataVolume: { name: 'web-root' } },
        { name: 'cloudinitdisk', cloudInitNoCloud: { secretRef: { name: 'web-cloudinit-1' } } },
      ],
    },
  },
};
const operation = {
  id: 'op-1',
  requestId: 'r-1',
  requestedBy: { type: 'user', id: 'u-1', name: 'Ada', tokenId: null },
};

/** What KubeVirt's webhook asks of a patch (pkg/storage/admitters/vmrestore.go). */
function admitted(patch: string): boolean {
  const inner = patch.replace(/[{}]/g, '');
  return inner.split(',').every((pair) => pair.split(':').length === 2);
}

describe('the identity of a copy', () => {
  it('is carried by patches that the webhook of restores takes', () => {
    const patches = restorePatches(spec, identity, 'op-1');
    expect(patches.filter((patch) => !admitted(patch))).toEqual([]);
    const values = Object.fromEntries(
      patches.map((patch) => JSON.parse(patch)).map(({ path, value }) => [path, value]),
    );
    const macs = '/spec/template/spec/domain/devices/interfaces';
    expect(values).toEqual({
      '/spec/runStrategy': 'Halted',
      '/spec/template/spec/hostname': 'copy',
      '/spec/template/spec/domain/firmware/uuid': newFirmwareUuid('op-1'),
      [`${macs}/0/macAddress`]: newMac('op-1', 0).replaceAll(':', '-'),
      [`${macs}/1/macAddress`]: newMac('op-1', 1).replaceAll(':', '-'),
    });
  });

  it('keeps the firmware UUID where that is wanted', () => {
    const machine = { metadata: {}, spec };
    const firmware = (more: object) =>
      personalisation(machine, { ...identity, ...more }, operation).spec.template.spec.domain.firmware;
    expect(firmware({ firmwareUuid: 'kept' })).toEqual({ uuid: 'kept', serial: null });
    expect(firmware({ firmwareUuid: null })).toEqual({ uuid: newFirmwareUuid('op-1'), serial: null });
  });

  it('leaves the keys that the agent brings in with the original', () => {
    const credential = (secretName: string) => ({ sshPublicKey: { source: { secret: { secretName } } } });
    const patched = (...names: string[]) => {
      const accessCredentials = names.map(credential);
      const machine = { metadata: {}, spec: { template: { spec: { domain: {}, accessCredentials } } } };
      return personalisation(machine, identity, operation).spec.template.spec;
    };
    expect(patched('web-ssh-0123456789')).toMatchObject({ accessCredentials: null });
    expect(patched('web-ssh-0123456789', 'own')).toMatchObject({ accessCredentials: [credential('own')] });
    expect(patched('own')).not.toHaveProperty('accessCredentials');
  });

  it('patches nothing that is not there', () => {
    const bare = { running: true, template: { spec: { domain: { devices: {} } } } };
    expect(restorePatches(bare, identity, 'op-1').map((patch) => JSON.parse(patch).path)).toEqual([
      '/spec/template/spec/hostname',
    ]);
  });

  it('has addresses of its own that are unicast and locally administered', () => {
    const macs = [newMac('op-1', 0), newMac('op-1', 1), newMac('op-2', 0)];
    expect(new Set(macs).size).toBe(3);
    for (const mac of macs) expect(mac).toMatch(/^02(:[0-9a-f]{2}){5}$/);
    expect(newFirmwareUuid('op-1')).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(newFirmwareUuid('op-2')).not.toBe(newFirmwareUuid('op-1'));
  });

  it('is written over everything that was the original’s', () => {
    const labels = { app: 'web', 'virtgate.io/trashed-at': '1', 'kubevirt.io/vm-delete-protection': 'true' };
    const patch = personalisation(
      { metadata: { uid: 'vm-2', resourceVersion: '7', labels }, spec },
      identity,
      operation,
    );
    expect(patch.metadata).toMatchObject({
      uid: 'vm-2',
      resourceVersion: '7',
      labels: { 'virtgate.io/trashed-at': null, 'kubevirt.io/vm-delete-protection': null },
      annotations: { 'virtgate.io/operation-id': 'op-1', 'virtgate.io/created-by': 'user:u-1:Ada' },
    });
    expect(patch.metadata.labels).not.toHaveProperty('app');
    const inner = patch.spec.template.spec;
    expect(inner.domain.firmware).toEqual({ uuid: newFirmwareUuid('op-1'), serial: null });
    expect(inner.domain.devices?.interfaces).toEqual([
      { name: 'default', masquerade: {}, macAddress: newMac('op-1', 0) },
      { name: 'lan', bridge: {}, macAddress: newMac('op-1', 1) },
    ]);
    expect(inner).not.toHaveProperty('volumes');
  });

  it("lets a copy start whose answers for Windows' setup are gone: without the CD", () => {
    const { domain, volumes } = spec.template.spec;
    const disks = ['rootdisk', 'cloudinitdisk', 'sysprep'].map((name) => ({ name }));
    const windows = {
      ...spec.template.spec,
      domain: { ...domain, devices: { ...domain.devices, disks } },
      volumes: [...volumes, { name: 'sysprep', sysprep: { secret: { name: 'web-sysprep-1' } } }],
    };
    const machine = { metadata: {}, spec: { template: { spec: windows } } };
    expect(guestSecrets(machine.spec)).toEqual(['web-cloudinit-1', 'web-sysprep-1']);
    const { template } = personalisation(machine, identity, operation, ['web-sysprep-1']).spec;
    expect(template.spec.volumes).toEqual(volumes);
    expect(template.spec.domain.devices).toEqual({
      interfaces: expect.any(Array),
      disks: [{ name: 'rootdisk' }, { name: 'cloudinitdisk' }],
    });
    // What is there stays.
    expect(
      personalisation(machine, identity, operation).spec.template.spec.domain.devices,
    ).not.toHaveProperty('disks');
  });

  it('lets a copy start whose cloud-init secret is gone', () => {
    const patch = personalisation({ metadata: {}, spec }, identity, operation, ['web-cloudinit-1']);
    expect(patch.spec.template.spec.volumes).toEqual([
      { name: 'rootdisk', dataVolume: { name: 'web-root' } },
      { name: 'cloudinitdisk', cloudInitNoCloud: { userData: '#cloud-config\n{}\n' } },
    ]);
  });
});
