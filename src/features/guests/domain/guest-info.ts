import { cappedText } from '../../../kernel/text.js';

/** What the agent inside tells of its guest. None of it is virtgate's word: it is shown, and nothing is done by it. */
export interface GuestInfo {
  /** False: the agent is away, and this is what it told last. */
  connected: boolean;
  /** When it was told, RFC 3339. */
  observedAt: string;
  agentVersion: string | null;
  hostname: string | null;
  timezone: string | null;
  os: GuestOs;
  users: GuestUser[];
  fileSystems: GuestFileSystem[];
  interfaces: GuestInterface[];
  /** Its file systems are frozen, as for a snapshot. */
  frozen: boolean;
}

export interface GuestOs {
  id: string | null;
  name: string | null;
  prettyName: string | null;
  version: string | null;
  versionId: string | null;
  kernelRelease: string | null;
  kernelVersion: string | null;
  machine: string | null;
}

/** Who is logged in. */
export interface GuestUser {
  name: string;
  domain: string | null;
  loginAt: string | null;
}

export interface GuestFileSystem {
  name: string | null;
  mountPoint: string | null;
  type: string | null;
  usedBytes: number | null;
  totalBytes: number | null;
}

export interface GuestInterface {
  /** The interface of the machine; null for one of the guest's own making. */
  name: string | null;
  guestName: string | null;
  mac: string | null;
  ipAddresses: string[];
}

const MAX_USERS = 128;
const MAX_FILE_SYSTEMS = 256;

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
const records = (value: unknown, max: number): Record<string, unknown>[] =>
  Array.isArray(value) ? value.slice(0, max).map(record) : [];
const bytes = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.trunc(value) : null;

/** Seconds since the epoch, with a fraction; null for what is no time of this age. */
function time(value: unknown): string | null {
  if (typeof value !== 'number' || !(value > 0 && value < 4_102_444_800)) return null;
  return new Date(value * 1000).toISOString();
}

/**
 * Reads KubeVirt's `guestosinfo` (VirtualMachineInstanceGuestAgentInfo). Whoever is root in the guest chooses every
 * word of it: texts are cut and on one line, lists are short, numbers are numbers.
 */
export function readGuestInfo(
  answer: unknown,
  interfaces: readonly GuestInterface[],
  observedAt: Date,
): GuestInfo {
  const info = record(answer);
  const os = record(info.os);
  return {
    connected: true,
    observedAt: observedAt.toISOString(),
    agentVersion: cappedText(info.guestAgentVersion, 64),
    hostname: cappedText(info.hostname, 253),
    timezone: cappedText(info.timezone, 64),
    os: {
      id: cappedText(os.id, 64),
      name: cappedText(os.name, 128),
      prettyName: cappedText(os.prettyName, 128),
      version: cappedText(os.version, 128),
      versionId: cappedText(os.versionId, 64),
      kernelRelease: cappedText(os.kernelRelease, 128),
      kernelVersion: cappedText(os.kernelVersion, 256),
      machine: cappedText(os.machine, 32),
    },
    users: records(info.userList, MAX_USERS).flatMap(({ userName, domain, loginTime }) => {
      const name = cappedText(userName, 256);
      return name === null ? [] : [{ name, domain: cappedText(domain, 256), loginAt: time(loginTime) }];
    }),
    fileSystems: records(record(info.fsInfo).disks, MAX_FILE_SYSTEMS).map((one) => ({
      name: cappedText(one.diskName, 128),
      mountPoint: cappedText(one.mountPoint, 1024),
      type: cappedText(one.fileSystemType, 64),
      usedBytes: bytes(one.usedBytes),
      totalBytes: bytes(one.totalBytes),
    })),
    interfaces: [...interfaces],
    frozen: info.fsFreezeStatus === 'frozen',
  };
}
