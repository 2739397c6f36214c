import type { Duplex } from 'node:stream';
import type { GuestMigration, MigrationRequest } from './guest-migration.js';

export interface GuestDisk {
  name: string;
  /** Absolute path of the image file. */
  path: string;
  format: 'raw' | 'qcow2';
  bus: 'virtio' | 'sata' | 'scsi' | 'usb';
  kind: 'disk' | 'cdrom' | 'lun';
  readOnly: boolean;
  /** 1 boots first. */
  bootOrder?: number;
  serial?: string;
  /** Other guests may write to it as well. */
  shared?: boolean;
}

/** A drive that is empty when its guest starts; `plugDisk` of a disk of its name puts that in. */
export interface GuestDrive {
  name: string;
  bus: GuestDisk['bus'];
  bootOrder?: number;
}

export interface GuestInterface {
  name: string;
  mac: string;
  model: string;
  /** The secondary network that it is on, as `namespace/name`; absent: the pod's. */
  network?: string;
  /** Which of the guest's ports for cards it has; found where it is not said. Of secondary networks only. */
  port?: number;
  /** The guest's firmware boots from the network by it; 1 boots first. */
  bootOrder?: number;
}

/** How far a guest can grow while it runs. */
export interface GrowthRoom {
  /** Of each socket; `vcpus` is a multiple of cores x threads. */
  cores: number;
  threads: number;
  maxVcpus: number;
  /** Null: its memory stays what it is. */
  maxMemoryBytes: bigint | null;
}

/** Everything that a node needs to boot one VirtualMachineInstance. Named by the VMI's uid. */
export interface GuestSpec {
  uid: string;
  namespace: string;
  name: string;
  node: string;
  vcpus: number;
  /** What it booted with, where it was given more since. */
  bootVcpus?: number;
  /** What it boots with. */
  memoryBytes: bigint;
  /** What it was given since. */
  addedMemoryBytes?: bigint;
  growth?: GrowthRoom;
  disks: GuestDisk[];
  cdromDrives?: GuestDrive[];
  interfaces: GuestInterface[];
  /** NoCloud seed (label `cidata`) or ConfigDrive; texts as the guest shall read them. */
  cloudInit?: { metaData: string; userData?: string; networkData?: string };
  /** CDs with answers for Windows' setup; contents of the files in base64. */
  sysprep?: (Pick<GuestDrive, 'name' | 'bus' | 'bootOrder'> & { files: Record<string, string> })[];
  firmwareUuid: string;
  uefi: boolean;
  /** With `uefi`: nothing boots but what Microsoft's keys vouch for. */
  secureBoot?: boolean;
  /** A TPM 2.0 of its own. */
  tpm?: boolean;
  /** Where what its firmware and its TPM remember outlives the guest, absolute paths; absent: it goes with the guest. */
  kept?: { uefiVariables?: string; tpmDirectory?: string };
  /** An i6300esb, and what becomes of a guest that does not feed it. */
  watchdog?: 'reset' | 'poweroff' | 'shutdown';
  serialConsole: boolean;
  graphics: boolean;
  startPaused: boolean;
}

/** One disk of a running guest and where its copy goes. Absolute paths; the copy must not be there yet. */
export interface DiskCopy {
  source: string;
  target: string;
}

/**
 * Whether the guest held still while the copies were begun: its agent froze its file systems, it has no
 * agent, the agent refused or did not answer, it is paused, or nothing ran that had to.
 */
export type Quiesced = 'frozen' | 'no-agent' | 'failed' | 'paused' | 'not-needed';

/** What the guest's agent tells of the system inside. */
export interface GuestSystem {
  agentVersion: string;
  commands: { name: string; enabled: boolean }[];
  hostname: string;
  timezone: string;
  /** As KubeVirt's `guestOSInfo`. */
  os: Record<string, string>;
  users: { userName: string; domain?: string; loginTime: number }[];
  fileSystems: {
    diskName: string;
    mountPoint: string;
    fileSystemType: string;
    usedBytes: number;
    totalBytes: number;
  }[];
}

/** Whose keys, in OpenSSH's one-line format, open the guest; none shuts them out. */
export interface AuthorizedKeys {
  user: string;
  keys: string[];
}

export interface CardAddresses {
  mac: string;
  /** As the guest calls it: `eth0`. */
  guestName: string;
  ipAddresses: string[];
}

/** What a command in a guest came to. */
export interface GuestCommandResult {
  exitCode: number;
  /** What it printed, to both of its outputs. */
  output: string;
}

/** How the reason of a guest begins whose plug was pulled. */
export const FORCED_OFF = 'Stopped by force';

/** The reason of a guest that was paused since a disk could not be written. */
export const DISK_FAILED = 'A disk could not be written';

export type GuestState = 'starting' | 'running' | 'paused' | 'shutdown' | 'crashed';

export interface GuestObservation {
  uid: string;
  state: GuestState;
  /** Why it is no longer running, in words for an event. */
  reason?: string;
  pid?: number;
  ipAddresses: string[];
  agentConnected: boolean;
  /** Counts up each time the agent begins to listen: the guest may have booted anew. */
  agentSession?: number;
  /** Names of the disks that were plugged in while it ran. */
  pluggedDisks?: string[];
  /** Names of its cards on secondary networks. */
  cards?: string[];
  /** What it has now, of processors and of memory that it has taken. */
  vcpus?: number;
  memoryBytes?: number;
  /** The addresses of each card, as its agent tells them. */
  addresses?: CardAddresses[];
  /** Its file systems are frozen. */
  frozen?: boolean;
  /** What its agent told last of the system inside. */
  system?: GuestSystem;
  /** The last live migration of it, until the next one begins. */
  migration?: GuestMigration;
}

/**
 * Boots guests for all nodes of the sandbox. Every call is idempotent by uid and refuses an unknown uid
 * with an Error. State is persisted under the data directory, so that a sandbox that was killed adopts
 * (or ends) at the next start what it left running: no QEMU process is ever orphaned.
 */
export interface NodeDriver {
  readonly kind: 'qemu' | 'simulated';
  /** 'kvm' only where a probe has proven that a guest boots with it. */
  readonly accelerator: 'kvm' | 'tcg' | 'none';
  /** Finds the guests of an earlier run; those it cannot take over are ended and reported as crashed. */
  adopt(): Promise<GuestObservation[]>;
  start(spec: GuestSpec): Promise<void>;
  /** ACPI power button, then the plug after the grace period. Resolves when the button was pressed. */
  shutdown(uid: string, gracePeriodSeconds: number): Promise<void>;
  /** Pulls the plug; resolves when the process is gone. */
  kill(uid: string): Promise<void>;
  pause(uid: string): Promise<void>;
  resume(uid: string): Promise<void>;
  /** Hard reset within the same process. */
  reset(uid: string): Promise<void>;
  /** Guest reboot by ACPI or agent. */
  softReboot(uid: string): Promise<void>;
  observe(uid: string): GuestObservation | undefined;
  list(): GuestObservation[];
  /** Forgets a guest that has ended and removes its run-time files. */
  remove(uid: string): Promise<void>;
  onChange(listener: (observation: GuestObservation) => void): () => void;
  /**
   * Copies disks of a guest that runs, all as they were at one instant, while it goes on. Its file systems
   * are frozen for that instant where its agent can; they are thawed whatever happens, also after a kill of
   * this process. Rejects when a copy fails or the guest ends; half copies stay behind.
   */
  copyDisks(
    uid: string,
    copies: readonly DiskCopy[],
    signal: AbortSignal,
  ): Promise<{ quiesced: Quiesced; takenAt: Date }>;
  /** Freezes the guest's file systems until `thaw`, for that many milliseconds at most. Needs its agent. */
  freeze(uid: string, timeoutMs: number): Promise<void>;
  thaw(uid: string): Promise<void>;
  /** Makes these the user's authorized SSH keys, in place of all others. Needs the guest's agent. */
  authorizeKeys(uid: string, keys: AuthorizedKeys): Promise<void>;
  /** Writes the guest's memory (ELF core) to a file. Resolves when it is whole. */
  dumpMemory(uid: string, path: string, signal: AbortSignal): Promise<void>;
  /** Gives a running guest one more disk (bus `scsi`). Nothing happens when it has it already. */
  plugDisk(uid: string, disk: GuestDisk): Promise<void>;
  /** Takes out a disk that was plugged in. Rejects when the guest does not let go of it in time. */
  unplugDisk(uid: string, name: string): Promise<void>;
  /** Lengthens the disk with that image under a running guest; the image file grows with it. */
  resizeDisk(uid: string, path: string, sizeBytes: bigint): Promise<void>;
  /** Gives a running guest one more card on a secondary network. Nothing happens when it has it already. */
  plugCard(uid: string, card: GuestInterface): Promise<void>;
  /** Takes a card out. Rejects when the guest does not let go of it in time. */
  unplugCard(uid: string, name: string): Promise<void>;
  /**
   * Gives a running guest so many processors and so much memory, within its room for growth; never less than it has. The
   * memory has come when `observe` says so: the guest takes it as it can.
   */
  grow(uid: string, size: { vcpus: number; memoryBytes: bigint }): Promise<void>;
  /**
   * Makes the place to which a running guest shall move. How that and the rest of the migration went is told
   * by the observation; one that was asked for already is left alone. Rejects while another is under way.
   */
  prepareMigration(uid: string, request: MigrationRequest): Promise<void>;
  /** Moves the guest; only what is `ready` begins. */
  startMigration(uid: string, id: string): Promise<void>;
  /** The guest stays where it is, unless it has moved already. */
  cancelMigration(uid: string, id: string): Promise<void>;
  /** Bytes of the first serial port. Each caller gets what comes from now on; several may listen at once. */
  openSerial(uid: string): Promise<Duplex>;
  /** Raw RFB; whether another one may be open beside it is for the caller to say. */
  openVnc(uid: string): Promise<Duplex>;
  /** What the screen shows, as PNG. */
  screenshot(uid: string): Promise<Buffer>;
  /** A connection to a TCP port of the guest. Rejects where nothing listens there, or answers in time. */
  openPort(uid: string, port: number, timeoutMs?: number): Promise<Duplex>;
  /** Resolves when the guest's agent has answered. */
  pingAgent(uid: string, timeoutMs: number): Promise<void>;
  /** Runs a program in the guest by its agent; rejects where there is none, or it does not end in time. */
  executeInGuest(uid: string, command: readonly string[], timeoutMs: number): Promise<GuestCommandResult>;
  /** The end of what the first serial port printed, `maxBytes` at most; also of a guest that has ended. */
  serialLog(uid: string, maxBytes: number): Promise<Buffer>;
  /** Ends (or, with `detach`, leaves for the next start to adopt) everything that it runs. */
  close(options: { detach: boolean }): Promise<void>;
}
