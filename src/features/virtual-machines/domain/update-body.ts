import { requestInvalid } from '../../../kernel/failures.js';
import { checkLabels } from '../../../kernel/labels.js';
import { type BootDevice, type BootDeviceBody, specifyBootOrder } from './boot-order.js';
import { userDataProblem } from './cloud-init.js';
import type { RunStrategy } from './create-body.js';
import { type FirmwareBody, firmwarePatch, specifyFirmware, tpmPatch } from './firmware.js';
import { checkFeatures, type FeaturesBody, featuresPatch, merged } from './machine-features.js';
import { cpuTopology, instanceTypeMatcher } from './manifest.js';
import { ANNOTATION, DELETE_PROTECTION_LABEL } from './names.js';
import type { ObservedMachine } from './observed.js';
import { checkCpus, checkDisplayName, checkMemory, Problems } from './specify.js';
import { wantedRunStrategy } from './wanted-run-strategy.js';

/** A JSON merge patch (RFC 7396): an absent field stays, null takes away. */
export interface UpdateBody extends FeaturesBody {
  displayName?: string | null;
  labels?: Record<string, string | null> | null;
  instanceType?: string | null;
  cpus?: number | null;
  memory?: string | null;
  runStrategy?: RunStrategy;
  userData?: string | null;
  deleteProtection?: boolean;
  firmware?: FirmwareBody | null;
  tpm?: boolean | null;
  /** The whole order, the first first; null and none alike: the first disk that can boot does. */
  bootOrder?: BootDeviceBody[] | null;
}

/** A checked change: the merge patch of the VirtualMachine, and the new user data of its secret. */
export interface MachineChange {
  patch: { metadata?: object; spec?: object };
  userData: string | null;
  /** Null: it stays. It takes the machine as it is when it is written. */
  bootOrder: BootDevice[] | null;
  /** For rights and words: what else the change brings about. */
  starts: boolean;
  stops: boolean;
}

/** Throws request.invalid with one error per field. */
export function specifyChange(body: UpdateBody, machine: ObservedMachine): MachineChange {
  const problems = new Problems();
  checkDisplayName(body.displayName, problems);
  problems.add(...checkLabels(body.labels ?? {}));
  const size = sizePatch(body, machine, problems);
  const { instanceType = machine.instanceType } = body;
  checkFeatures(body, instanceType !== null, problems);
  if (body.userData) {
    const problem = userDataProblem(body.userData);
    if (problem) problems.at('/userData', 'user_data', problem);
  }
  if (Object.values(body).every((value) => value === undefined)) {
    throw requestInvalid('The patch changes nothing.');
  }
  const firmware = specifyFirmware(body.firmware, machine.firmware, problems);
  const bootOrder =
    body.bootOrder === undefined ? null : specifyBootOrder(body.bootOrder ?? [], machine, problems);
  problems.throwIfAny();
  const metadata = metadataPatch(body, machine);
  const runStrategy = body.runStrategy === machine.runStrategy ? undefined : body.runStrategy;
  const features = merged(featuresPatch(body), hardwarePatch(body, machine, firmware)) as object;
  const changed = Object.keys(features).length > 0;
  const template = merged(
    withLabels(size, labelsPatch(body, machine)),
    changed ? { template: { spec: features } } : {},
  ) as object;
  const spec = { ...(runStrategy && { runStrategy }), ...template };
  return {
    patch: {
      ...(Object.keys(metadata).length > 0 && { metadata }),
      ...(Object.keys(spec).length > 0 && { spec }),
    },
    userData: body.userData === undefined ? null : (body.userData ?? ''),
    bootOrder,
    starts: runStrategy === 'Always' || runStrategy === 'RerunOnFailure',
    stops: runStrategy === 'Halted',
  };
}

/** What its board is made of; {} where nothing of it changes. */
function hardwarePatch(
  { tpm }: UpdateBody,
  { preference }: ObservedMachine,
  firmware: ReturnType<typeof specifyFirmware>,
): object {
  if (firmware === undefined && tpm === undefined) return {};
  return {
    domain: {
      ...(firmware !== undefined && firmwarePatch(firmware)),
      ...(tpm !== undefined && { devices: tpmPatch(tpm, preference) }),
    },
  };
}

const labelsPatch = (body: UpdateBody, machine: ObservedMachine): Record<string, string | null> => ({
  ...(body.labels === null && Object.fromEntries(Object.keys(machine.labels).map((key) => [key, null]))),
  ...body.labels,
});

/** On the template too: its next instance has them. */
function withLabels(size: { template?: object } | null, labels: Record<string, string | null>): object {
  if (Object.keys(labels).length === 0) return size ?? {};
  return { ...size, template: { ...size?.template, metadata: { labels } } };
}

/** Who asks for a run strategy means it to stay; Halted and Always are KubeVirt's to keep. */
function wantedChange(runStrategy: string, machine: ObservedMachine): Record<string, string | null> {
  const wanted = wantedRunStrategy(runStrategy);
  return wanted === machine.wantedRunStrategy ? {} : { [ANNOTATION.runStrategy]: wanted };
}

function metadataPatch(body: UpdateBody, machine: ObservedMachine) {
  const labels = labelsPatch(body, machine);
  if (body.deleteProtection !== undefined) {
    labels[DELETE_PROTECTION_LABEL] = body.deleteProtection ? 'true' : null;
  }
  const annotations = {
    ...(body.displayName !== undefined && { [ANNOTATION.displayName]: body.displayName }),
    ...(body.runStrategy !== undefined && wantedChange(body.runStrategy, machine)),
  };
  return {
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}

/** An instance type and cpus + memory exclude each other; KubeVirt refuses a machine that has both. */
function sizePatch(body: UpdateBody, machine: ObservedMachine, problems: Problems): object | null {
  const { instanceType = machine.instanceType, cpus, memory } = body;
  if ([body.instanceType, cpus, memory].every((part) => part === undefined)) return null;
  if (instanceType !== null) {
    for (const field of ['cpus', 'memory'] as const) {
      if (body[field] === undefined || body[field] === null) continue;
      problems.at(`/${field}`, 'size.conflict', `Set instanceType to null to give ${field}.`);
    }
    if (body.instanceType === undefined) return null;
    return {
      // Without its revision, the cluster takes the type as it is now.
      instancetype: { ...instanceTypeMatcher(instanceType), revisionName: null },
      template: { spec: { domain: { cpu: null, memory: null } } },
    };
  }
  const leavesType = machine.instanceType !== null;
  for (const field of ['cpus', 'memory'] as const) {
    if (body[field] === null || (leavesType && body[field] === undefined)) {
      problems.at(`/${field}`, 'size.missing', 'Without an instance type, give cpus and memory.');
    }
  }
  return {
    ...(leavesType && { instancetype: null }),
    template: {
      spec: {
        domain: {
          ...(typeof cpus === 'number' && { cpu: cpuTopology(checkCpus(cpus, problems)) }),
          ...(typeof memory === 'string' && { memory: { guest: checkMemory(memory, problems) } }),
        },
      },
    },
  };
}
