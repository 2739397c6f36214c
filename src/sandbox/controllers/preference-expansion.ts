import type { Untyped } from '../store/kube-object.js';

/** preference.devices field -> VMI domain.devices field, where the machine says nothing itself. */
const DEVICES: Record<string, string> = {
  preferredAutoattachGraphicsDevice: 'autoattachGraphicsDevice',
  preferredAutoattachInputDevice: 'autoattachInputDevice',
  preferredAutoattachMemBalloon: 'autoattachMemBalloon',
  preferredAutoattachPodInterface: 'autoattachPodInterface',
  preferredAutoattachSerialConsole: 'autoattachSerialConsole',
  preferredBlockMultiQueue: 'blockMultiQueue',
  preferredDisableHotplug: 'disableHotplug',
  preferredNetworkInterfaceMultiQueue: 'networkInterfaceMultiqueue',
  preferredRng: 'rng',
  preferredTPM: 'tpm',
  preferredUseVirtioTransitional: 'useVirtioTransitional',
};

const FEATURES: Record<string, string> = {
  preferredAcpi: 'acpi',
  preferredApic: 'apic',
  preferredHyperv: 'hyperv',
  preferredKvm: 'kvm',
  preferredPvspinlock: 'pvspinlock',
  preferredSmm: 'smm',
};

/** Fills what the machine leaves open with what the preference prefers. Changes the given spec. */
export function applyPreference(spec: Untyped, preference: Untyped): void {
  const domain = spec.domain;
  fill(domain.devices, preference.devices, DEVICES);
  applyToDisks(domain.devices, preference.devices ?? {});
  applyToInterfaces(domain.devices, preference.devices ?? {});
  applyToInputs(domain.devices, preference.devices ?? {});
  if (preference.features) {
    domain.features ??= {};
    fill(domain.features, preference.features, FEATURES);
  }
  applyFirmware(domain, preference.firmware ?? {});
  if (preference.machine?.preferredMachineType && !domain.machine?.type) {
    domain.machine = { ...domain.machine, type: preference.machine.preferredMachineType };
  }
  if (preference.clock) applyClock(domain, preference.clock);
  if (preference.cpu?.preferredCPUFeatures && !domain.cpu?.features) {
    domain.cpu = { ...domain.cpu, features: preference.cpu.preferredCPUFeatures };
  }
  spec.terminationGracePeriodSeconds ??= preference.preferredTerminationGracePeriodSeconds;
  spec.subdomain ??= preference.preferredSubdomain;
  spec.architecture ??= preference.preferredArchitecture;
}

function fill(target: Untyped, source: Untyped, fields: Record<string, string>): void {
  for (const [from, to] of Object.entries(fields)) {
    if (source?.[from] !== undefined) target[to] ??= source[from];
  }
}

function applyToDisks(devices: Untyped, preferred: Untyped): void {
  for (const disk of devices.disks ?? []) {
    if (disk.cdrom) disk.cdrom.bus ??= preferred.preferredCdromBus;
    else if (disk.lun) disk.lun.bus ??= preferred.preferredLunBus;
    else {
      disk.disk ??= {};
      disk.disk.bus ??= preferred.preferredDiskBus;
      if (disk.disk.bus === 'virtio') disk.dedicatedIOThread ??= preferred.preferredDiskDedicatedIoThread;
    }
    disk.cache ??= preferred.preferredDiskCache;
    disk.io ??= preferred.preferredDiskIO;
    disk.blockSize ??= preferred.preferredDiskBlockSize;
  }
}

function applyToInterfaces(devices: Untyped, preferred: Untyped): void {
  for (const one of devices.interfaces ?? []) {
    one.model ??= preferred.preferredInterfaceModel;
  }
}

function applyToInputs(devices: Untyped, preferred: Untyped): void {
  if (devices.autoattachInputDevice && !devices.inputs?.length && preferred.preferredInputType) {
    devices.inputs = [
      { name: 'default-0', type: preferred.preferredInputType, bus: preferred.preferredInputBus ?? 'usb' },
    ];
  }
  if (preferred.preferredVideoType && !devices.video) devices.video = { type: preferred.preferredVideoType };
}

function applyFirmware(domain: Untyped, preferred: Untyped): void {
  if (domain.firmware?.bootloader) return;
  const efi =
    preferred.preferredEfi ??
    (preferred.preferredUseEfi ? { secureBoot: preferred.preferredUseSecureBoot ?? false } : undefined);
  if (efi) domain.firmware = { ...domain.firmware, bootloader: { efi } };
  else if (preferred.preferredUseBios) {
    const useSerial = preferred.preferredUseBiosSerial;
    domain.firmware = { ...domain.firmware, bootloader: { bios: useSerial ? { useSerial } : {} } };
  }
}

function applyClock(domain: Untyped, preferred: Untyped): void {
  domain.clock ??= {};
  if (preferred.preferredClockOffset && !domain.clock.utc && !domain.clock.timezone) {
    Object.assign(domain.clock, preferred.preferredClockOffset);
  }
  if (preferred.preferredTimer) domain.clock.timer ??= preferred.preferredTimer;
}
