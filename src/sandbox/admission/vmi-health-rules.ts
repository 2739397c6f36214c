import type { Untyped } from '../store/kube-object.js';
import { type Cause, invalidField } from './webhook-refusal.js';

/** What KubeVirt's webhook finds wrong with the probes and the firmware of a VMI spec, in its words. */
export function healthCauses(field: string, spec: Untyped): Cause[] {
  return [
    ...probeCauses(`${field}.readinessProbe`, spec.readinessProbe),
    ...probeCauses(`${field}.livenessProbe`, spec.livenessProbe),
    ...firmwareCauses(`${field}.domain`, spec.domain ?? {}),
  ];
}

function probeCauses(field: string, probe: Untyped): Cause[] {
  if (!probe) return [];
  const kinds = ['tcpSocket', 'exec', 'httpGet', 'guestAgentPing'];
  const given = kinds.filter((kind) => probe[kind]);
  if (given.length > 1) return [invalidField(field, `${field} must have exactly one probe type set`)];
  if (given.length === 1) return [];
  const [tcp, exec, http, ping] = kinds.map((kind) => `${field}.${kind}`);
  const message = `either ${tcp}, ${exec}, ${http} or ${ping} must be set if a ${field} is specified`;
  return [invalidField(field, message)];
}

function firmwareCauses(field: string, { firmware, features }: Untyped): Cause[] {
  const bootloader = firmware?.bootloader;
  if (!bootloader) return [];
  const at = `${field}.firmware.bootloader`;
  if (bootloader.efi && bootloader.bios) {
    return [
      invalidField(`${at}.efi`, `${at} has both EFI and BIOS configured, but they are mutually exclusive.`),
    ];
  }
  const secure = bootloader.efi && bootloader.efi.secureBoot !== false;
  if (!secure || features?.smm?.enabled === true || (features?.smm && features.smm.enabled === undefined)) {
    return [];
  }
  return [
    invalidField(
      `${at}.efi`,
      `${at}.efi has EFI SecureBoot enabled. SecureBoot requires SMM, which is currently disabled.`,
    ),
  ];
}
