import { bootDevicesOf } from '../domain/boot-order.js';
import type { Firmware } from '../domain/firmware.js';
import type { ObservedBoard } from '../domain/observed.js';
import { record } from './reading.js';

/** Firmware, TPM and boot order of the domain of a machine's template or of an instance. */
export function observeBoard(domain: Record<string, unknown>): ObservedBoard {
  const devices = record(domain.devices);
  return {
    firmware: firmwareOf(record(domain.firmware).bootloader),
    tpm: devices.tpm === undefined || devices.tpm === null ? null : record(devices.tpm).enabled !== false,
    boots: bootDevicesOf(devices),
  };
}

/** EFI boots securely unless it is told not to (KubeVirt's EFI.secureBoot). */
function firmwareOf(bootloader: unknown): Firmware | null {
  const { efi, bios } = record(bootloader);
  if (efi) return { uefi: true, secureBoot: record(efi).secureBoot !== false };
  return bios ? { uefi: false, secureBoot: false } : null;
}
