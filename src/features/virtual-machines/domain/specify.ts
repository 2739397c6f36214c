import { isDnsLabel } from '../../../kernel/dns-name.js';
import type { FieldError } from '../../../kernel/failure.js';
import { requestInvalid } from '../../../kernel/failures.js';
import { checkLabels } from '../../../kernel/labels.js';
import { canonicalBytes, parseBytes } from '../../../kernel/quantity.js';
import { checkBootOrder } from './boot-order.js';
import type { FoundBootSource } from './boot-source.js';
import type {
  BootDiskBody,
  CreateBody,
  MachineSize,
  RunStrategy,
  VirtualMachineSpec,
} from './create-body.js';
import { specifyFirmware } from './firmware.js';
import { type FoundKeys, givenKeys, guestSetupOf } from './guest-setup.js';
import { DEFAULT_INTERFACE, type InterfaceSpec, MAX_INTERFACES, specifyInterface } from './interfaces.js';
import { checkFeatures, featuresPatch, withoutNulls } from './machine-features.js';
import { MAX_NAME_LENGTH } from './names.js';
import { type WantedRunStrategy, wantedRunStrategy } from './wanted-run-strategy.js';

const MEMORY_MIN = 32n * 1024n ** 2n;
const MEMORY_MAX = 16n * 1024n ** 4n;
const DISK_MIN = 1024n ** 2n;
const DISK_MAX = 64n * 1024n ** 4n;
const CPUS_MAX = 512;
const DEFAULT_DISK = '10Gi';

/**
 * Checks a create as a whole and answers every problem at once: request.invalid with one error per field. `found` is
 * what the boot source that the body names has been found to be, with its own defaults; `networks` are Multus' names of
 * the body's networks, null for the pod's; `keys`: the SSH keys that it means. What exists (types, storage
 * classes, names, addresses) is the command's to check.
 */
export function specify(
  body: CreateBody,
  found: FoundBootSource | null = null,
  networks: readonly (string | null)[] = [],
  keys: FoundKeys = givenKeys(body),
): VirtualMachineSpec {
  const problems = new Problems();
  const spec: VirtualMachineSpec = {
    name: body.name,
    displayName: body.displayName ?? null,
    labels: { ...body.labels },
    size: sizeOf(body, found?.defaultInstanceType ?? null, problems),
    preference: body.preference ?? found?.defaultPreference ?? null,
    bootDisk: bootDiskOf(body, found, problems),
    ...guestSetupOf(body, keys, problems),
    interfaces: interfacesOf(body, networks, problems),
    ...startOf(body, problems),
    features: withoutNulls(featuresPatch(body)) as Record<string, unknown>,
    firmware: specifyFirmware(body.firmware, null, problems) ?? null,
    tpm: body.tpm ?? null,
    deleteProtection: body.deleteProtection ?? false,
  };
  checkFeatures(body, 'instanceType' in spec.size, problems);
  checkName(body.name, problems);
  checkDisplayName(body.displayName, problems);
  problems.add(...checkLabels(body.labels ?? {}));
  problems.throwIfAny();
  return spec;
}

/** Collects what is wrong, field by field. */
export class Problems {
  readonly #errors: FieldError[] = [];

  add(...errors: FieldError[]): void {
    this.#errors.push(...errors);
  }

  at(pointer: string, code: string, message: string): void {
    this.#errors.push({ pointer, code, message });
  }

  throwIfAny(): void {
    const [first] = this.#errors;
    if (first) throw requestInvalid(first.message, { errors: this.#errors });
  }
}

function checkName(name: string, problems: Problems): void {
  if (isDnsLabel(name) && name.length <= MAX_NAME_LENGTH) return;
  problems.at(
    '/name',
    'name',
    `A name has at most ${MAX_NAME_LENGTH} lower-case letters, digits and "-", and starts and ends with a letter or digit.`,
  );
}

export function checkDisplayName(displayName: string | null | undefined, problems: Problems): void {
  if (displayName === null || displayName === undefined) return;
  // Controls and bidirectional overrides could make a list show something else than it holds.
  if (
    displayName.length === 0 ||
    displayName.length > 128 ||
    /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(displayName)
  ) {
    problems.at('/displayName', 'display_name', 'A display name has 1 to 128 printable characters.');
  }
}

function sizeOf(body: CreateBody, fallback: string | null, problems: Problems): MachineSize {
  const { instanceType, cpus, memory } = body;
  if (
    fallback !== null &&
    [instanceType, cpus, memory].every((value) => value === null || value === undefined)
  ) {
    return { instanceType: fallback };
  }
  if (instanceType) {
    if (cpus !== null && cpus !== undefined) {
      problems.at('/cpus', 'size.conflict', 'An instance type already says how many cpus.');
    }
    if (memory !== null && memory !== undefined) {
      problems.at('/memory', 'size.conflict', 'An instance type already says how much memory.');
    }
    return { instanceType };
  }
  const missing = 'Give an instanceType, or cpus and memory.';
  if (cpus === null || cpus === undefined) problems.at('/cpus', 'size.missing', missing);
  if (memory === null || memory === undefined) problems.at('/memory', 'size.missing', missing);
  return {
    cpus: checkCpus(cpus ?? 1, problems),
    memory: checkMemory(memory ?? '1Gi', problems),
  };
}

export function checkCpus(cpus: number, problems: Problems): number {
  if (!Number.isInteger(cpus) || cpus < 1 || cpus > CPUS_MAX) {
    problems.at('/cpus', 'cpus', `cpus is a whole number from 1 to ${CPUS_MAX}.`);
  }
  return cpus;
}

export const checkMemory = (memory: string, problems: Problems): string =>
  quantity(memory, { pointer: '/memory', min: MEMORY_MIN, max: MEMORY_MAX, range: '32Mi to 16Ti' }, problems);

function quantity(
  text: string,
  bounds: { pointer: string; min: bigint; max: bigint; range: string },
  problems: Problems,
): string {
  const bytes = parseBytes(text);
  if (bytes === null || bytes < bounds.min || bytes > bounds.max) {
    problems.at(bounds.pointer, 'quantity', `Give a quantity such as "4Gi", from ${bounds.range}.`);
  }
  return canonicalBytes(text) ?? text;
}

const SOURCES = ['url', 'image', 'registry', 'disk', 'snapshot'] as const;

function bootDiskOf(
  { bootDisk: disk, networks }: CreateBody,
  found: FoundBootSource | null,
  problems: Problems,
): VirtualMachineSpec['bootDisk'] {
  const blank = disk.blank === true;
  const named = SOURCES.filter((source) => disk[source] !== undefined && disk[source] !== null);
  if (named.length + (blank ? 1 : 0) !== 1) {
    const message = 'Give exactly one source: image, url, registry, disk, snapshot, or blank: true.';
    problems.at('/bootDisk', 'boot_disk.source', message);
  }
  if (blank && !disk.size) problems.at('/bootDisk/size', 'boot_disk.size', 'A blank disk needs a size.');
  const size = quantity(
    disk.size ?? found?.size ?? DEFAULT_DISK,
    { pointer: '/bootDisk/size', min: DISK_MIN, max: DISK_MAX, range: '1Mi to 64Ti' },
    problems,
  );
  const least = found?.size ?? null;
  if (least !== null && (parseBytes(size) ?? 0n) < (parseBytes(least) ?? 0n)) {
    const message = `The source has ${least}; the disk cannot be smaller.`;
    problems.at('/bootDisk/size', 'boot_disk.too_small', message);
  }
  return {
    source: found?.source ?? (blank ? { blank: true } : { url: disk.url ?? '' }),
    size,
    storageClass: disk.storageClass ?? null,
    bootOrder: bootOrderOf(disk, networks ?? [], problems),
  };
}

/** Where the boot disk stands among the networks that the firmware boots from. */
function bootOrderOf(
  { bootOrder }: BootDiskBody,
  networks: readonly { bootOrder?: number | null }[],
  problems: Problems,
): number {
  const taken = networks.map((network) => network.bootOrder ?? null);
  checkBootOrder(bootOrder, '/bootDisk/bootOrder', problems);
  taken.forEach((place, index) => {
    checkBootOrder(place, `/networks/${index}/bootOrder`, problems);
    if (place !== null && (place === bootOrder || taken.indexOf(place) < index)) {
      problems.at(
        `/networks/${index}/bootOrder`,
        'boot_order',
        'Each place in the boot order is there once.',
      );
    }
  });
  let free = 1;
  while (taken.includes(free)) free += 1;
  return bootOrder ?? free;
}

function interfacesOf(
  { networks }: CreateBody,
  found: readonly (string | null)[],
  problems: Problems,
): InterfaceSpec[] {
  if (!networks) return [DEFAULT_INTERFACE];
  if (networks.length > MAX_INTERFACES) {
    problems.at('/networks', 'interface.too_many', `At most ${MAX_INTERFACES} networks.`);
  }
  const taken = new Set<string>();
  const macs = new Set<string>();
  const interfaces = networks.slice(0, MAX_INTERFACES).map((body, index) => {
    const pointer = `/networks/${index}`;
    const spec = specifyInterface(body, { pointer, taken, multusName: found[index] ?? null }, problems);
    taken.add(spec.name);
    if (spec.mac && macs.has(spec.mac)) {
      problems.at(`${pointer}/mac`, 'interface.mac', 'Two interfaces cannot have the same MAC address.');
    }
    if (spec.mac) macs.add(spec.mac);
    return spec;
  });
  if (interfaces.filter(({ multusName }) => multusName === null).length > 1) {
    problems.at('/networks', 'interface.pod', 'A machine is on the pod network once at most.');
  }
  return interfaces;
}

/**
 * KubeVirt starts a machine by its run strategy alone: Always and RerunOnFailure run at once, Halted never does.
 * So `start: false` of such a machine is Halted; what it is to be is kept beside, for starting it makes it Always.
 */
function startOf(
  body: CreateBody,
  problems: Problems,
): { runStrategy: RunStrategy; wantedRunStrategy: WantedRunStrategy | null; start: boolean } {
  const runStrategy = body.runStrategy ?? (body.start === false ? 'Halted' : 'Always');
  const start = body.start ?? runStrategy !== 'Halted';
  if (runStrategy === 'Halted' && start) {
    problems.at('/start', 'start.conflict', 'A machine whose runStrategy is Halted cannot be started.');
  }
  const waits = !start && (runStrategy === 'Always' || runStrategy === 'RerunOnFailure');
  const wanted = wantedRunStrategy(runStrategy);
  return { runStrategy: waits ? 'Halted' : runStrategy, wantedRunStrategy: wanted, start };
}
