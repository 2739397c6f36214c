import type { Problems } from './specify.js';

/** What a machine boots by. */
export interface Firmware {
  uefi: boolean;
  /** Nothing boots but what the keys in the firmware vouch for. */
  secureBoot: boolean;
}

export interface FirmwareBody {
  uefi?: boolean | null;
  secureBoot?: boolean | null;
}

/**
 * The firmware that a body asks for: undefined where it says nothing, null where it leaves the choice to the preference,
 * which is BIOS where there is none. `current` is what the machine says itself.
 */
export function specifyFirmware(
  body: FirmwareBody | null | undefined,
  current: Firmware | null,
  problems: Pick<Problems, 'at'>,
): Firmware | null | undefined {
  if (body === null) return null;
  const given = Object.values(body ?? {}).filter((value) => value !== undefined);
  if (given.length === 0) return undefined;
  if (given.every((value) => value === null)) return null;
  const uefi = body?.uefi ?? current?.uefi ?? false;
  const secureBoot = body?.secureBoot ?? (uefi && (current?.secureBoot ?? false));
  if (secureBoot && !uefi) {
    problems.at('/firmware/secureBoot', 'firmware.secure_boot', 'Secure boot needs uefi: true.');
  }
  return { uefi, secureBoot };
}

/** The part of a template's domain, as a merge patch. KubeVirt boots securely only with System Management Mode. */
export function firmwarePatch(firmware: Firmware | null): Record<string, unknown> {
  const smm = firmware?.secureBoot ? { enabled: true } : null;
  if (firmware === null) return { firmware: { bootloader: null }, features: { smm } };
  const { uefi, secureBoot } = firmware;
  const bootloader = uefi ? { efi: { secureBoot }, bios: null } : { efi: null, bios: {} };
  return { firmware: { bootloader }, features: { smm } };
}

/** Of a new machine: what nobody asked for is not written. */
export function firmwareManifest(firmware: Firmware | null): Record<string, unknown> {
  if (firmware === null) return {};
  const { uefi, secureBoot } = firmware;
  return {
    firmware: { bootloader: uefi ? { efi: { secureBoot } } : { bios: {} } },
    ...(secureBoot && { features: { smm: { enabled: true } } }),
  };
}

/** The part of a template's devices, as a merge patch. A TPM that a preference would give has to be declined in words. */
export function tpmPatch(tpm: boolean | null, preference: string | null): Record<string, unknown> {
  if (tpm) return { tpm: { enabled: null } };
  return { tpm: tpm === false && preference !== null ? { enabled: false } : null };
}

export const firmwareText = (firmware: Firmware | null): string | null =>
  firmware && (firmware.uefi ? (firmware.secureBoot ? 'uefi, secureBoot' : 'uefi') : 'bios');
