import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface QemuTools {
  /** Absolute path of `qemu-system-x86_64`. */
  system: string;
  /** Absolute path of `qemu-img`. */
  img: string;
}

export interface UefiFirmware {
  code: string;
  /** Template; each guest gets a copy of its own. */
  variables: string;
}

/** The first executable file of that name on PATH. */
export function findOnPath(name: string, path = process.env.PATH ?? ''): string | undefined {
  for (const directory of path.split(delimiter).filter(Boolean)) {
    const candidate = join(directory, name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not in this one.
    }
  }
  return undefined;
}

export function findQemuTools(path?: string): QemuTools | undefined {
  const system = findOnPath('qemu-system-x86_64', path);
  const img = findOnPath('qemu-img', path);
  return system && img ? { system, img } : undefined;
}

export interface UefiFirmwares {
  plain?: UefiFirmware;
  /** With System Management Mode, and variables that hold Microsoft's keys. */
  secureBoot?: UefiFirmware;
}

/** Where Debian, Fedora, Arch, SUSE and QEMU itself put OVMF. */
const firmwareCandidates: UefiFirmware[] = [
  { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', variables: '/usr/share/OVMF/OVMF_VARS_4M.fd' },
  { code: '/usr/share/OVMF/OVMF_CODE.fd', variables: '/usr/share/OVMF/OVMF_VARS.fd' },
  { code: '/usr/share/edk2/ovmf/OVMF_CODE.fd', variables: '/usr/share/edk2/ovmf/OVMF_VARS.fd' },
  { code: '/usr/share/edk2/x64/OVMF_CODE.4m.fd', variables: '/usr/share/edk2/x64/OVMF_VARS.4m.fd' },
  { code: '/usr/share/qemu/edk2-x86_64-code.fd', variables: '/usr/share/qemu/edk2-i386-vars.fd' },
  {
    code: '/opt/homebrew/share/qemu/edk2-x86_64-code.fd',
    variables: '/opt/homebrew/share/qemu/edk2-i386-vars.fd',
  },
];

/** Debian, Fedora, SUSE; Arch and QEMU itself enrol no keys. */
const secureBootCandidates: UefiFirmware[] = [
  { code: '/usr/share/OVMF/OVMF_CODE_4M.ms.fd', variables: '/usr/share/OVMF/OVMF_VARS_4M.ms.fd' },
  { code: '/usr/share/OVMF/OVMF_CODE.secboot.fd', variables: '/usr/share/OVMF/OVMF_VARS.ms.fd' },
  {
    code: '/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd',
    variables: '/usr/share/edk2/ovmf/OVMF_VARS.secboot.fd',
  },
  {
    code: '/usr/share/qemu/ovmf-x86_64-smm-ms-code.bin',
    variables: '/usr/share/qemu/ovmf-x86_64-smm-ms-vars.bin',
  },
];

export function findUefiFirmware(): UefiFirmwares {
  const first = (candidates: UefiFirmware[]) =>
    candidates.find(({ code, variables }) => existsSync(code) && existsSync(variables));
  return { plain: first(firmwareCandidates), secureBoot: first(secureBootCandidates) };
}
