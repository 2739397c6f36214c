import { Failure } from '../../../kernel/failure.js';
import { observeMachine } from '../data/machine-view.js';
import { instance, machine } from '../worker/sample-observations.spec-support.js';
import { machineView } from './machine-view.js';
import { virtualMachineManifest } from './manifest.js';
import type { ObservedMachine } from './observed.js';
import { specify } from './specify.js';
import { specifyChange, type UpdateBody } from './update-body.js';

const body = { name: 'web', cpus: 1, memory: '1Gi', bootDisk: { blank: true, size: '1Gi' } };
const requestedBy = { type: 'user' as const, id: 'u', name: 'Ada' };
const from = { namespace: 'n', operationId: 'o', requestId: 'r', requestedBy };
const manifestOf = (more: object) => virtualMachineManifest(specify({ ...body, ...more }), from);
const domainOf = (more: object) => manifestOf(more).spec.template.spec.domain;
const patchOf = (change: UpdateBody, before: object = {}) =>
  (
    specifyChange(change, observeMachine(manifestOf(before))).patch.spec as ReturnType<
      typeof manifestOf
    >['spec']
  ).template.spec.domain;

const BIOS = { efi: null, bios: {} };
const uefi = (secureBoot: boolean) => ({ efi: { secureBoot }, bios: null });

describe('the firmware of a machine', () => {
  it("is the preference's where nothing is said, and said where something is", () => {
    expect(domainOf({}).firmware).toBeUndefined();
    expect(domainOf({ firmware: {} }).firmware).toBeUndefined();
    expect(domainOf({ firmware: { uefi: false }, preference: 'windows.11' }).firmware.bootloader).toEqual({
      bios: {},
    });
    expect(domainOf({ firmware: { uefi: true } }).features).toBeUndefined();
    expect(domainOf({ firmware: { uefi: true, secureBoot: true } })).toMatchObject({
      firmware: { bootloader: { efi: { secureBoot: true } } },
      features: { smm: { enabled: true } },
    });
    expect(domainOf({ tpm: true }).devices.tpm).toEqual({});
    expect(domainOf({ tpm: false }).devices).not.toHaveProperty('tpm');
    expect(domainOf({ tpm: false, preference: 'windows.11' }).devices.tpm).toEqual({ enabled: false });
  });

  it('changes part by part, and takes with it what it cannot do without', () => {
    const secure = { firmware: { uefi: true, secureBoot: true } };
    const smm = (enabled: boolean) => ({ smm: enabled ? { enabled } : null });
    expect(patchOf(secure)).toEqual({ firmware: { bootloader: uefi(true) }, features: smm(true) });
    expect(patchOf({ firmware: { secureBoot: true } }, { firmware: { uefi: true } }).firmware).toEqual({
      bootloader: uefi(true),
    });
    expect(patchOf({ firmware: { secureBoot: false } }, secure)).toEqual({
      firmware: { bootloader: uefi(false) },
      features: smm(false),
    });
    expect(patchOf({ firmware: { uefi: false } }, secure)).toEqual({
      firmware: { bootloader: BIOS },
      features: smm(false),
    });
    expect(patchOf({ firmware: null }, secure)).toEqual({
      firmware: { bootloader: null },
      features: smm(false),
    });
    expect(patchOf({ tpm: true })).toEqual({ devices: { tpm: { enabled: null } } });
    expect(patchOf({ tpm: false })).toEqual({ devices: { tpm: null } });
    expect(patchOf({ tpm: null }, { preference: 'windows.11' })).toEqual({ devices: { tpm: null } });
    expect(patchOf({ tpm: false }, { preference: 'windows.11' })).toEqual({
      devices: { tpm: { enabled: false } },
    });
    expect(() => patchOf({ firmware: { secureBoot: true } })).toThrow(Failure);
  });

  it('is shown as it runs, with what waits for a restart', () => {
    const parts = { dataVolume: () => undefined, claim: () => undefined, instanceType: () => undefined };
    const windows = { efi: true, secureBoot: true, tpm: true };
    const view = (wanted: Partial<ObservedMachine>, running?: ReturnType<typeof instance>) =>
      machineView(machine(wanted), 'demo', {
        ...parts,
        preference: (name) => (name === 'windows' ? windows : undefined),
        instance: running,
      });
    const off = (wanted: Partial<ObservedMachine>) => {
      const { firmware, tpm } = view(wanted);
      return { firmware, tpm };
    };
    expect(off({})).toEqual({ firmware: { uefi: false, secureBoot: false }, tpm: false });
    expect(off({ preference: 'windows' })).toEqual({ firmware: { uefi: true, secureBoot: true }, tpm: true });
    expect(off({ preference: 'windows', tpm: false }).tpm).toBe(false);
    expect(off({ preference: 'unknown' })).toEqual({ firmware: null, tpm: null });

    const plain = { uefi: true, secureBoot: false };
    const running = instance({ firmware: plain, tpm: true });
    const pending = (wanted: Partial<ObservedMachine>) =>
      view(wanted, running).pendingChanges.map(({ field, from: before, to }) => [field, before, to]);
    expect(view({}, running)).toMatchObject({ firmware: plain, tpm: true });
    expect(pending({ firmware: plain, tpm: true })).toEqual([]);
    expect(pending({ preference: 'unknown' })).toEqual([]);
    expect(pending({ boots: [], firmware: null })).toEqual([
      ['firmware', 'uefi', 'bios'],
      ['tpm', 'true', 'false'],
      ['bootOrder', 'root', null],
    ]);
  });
});
