import { instancetypeConflicts, unmetRequirements } from '../controllers/instancetype-expansion.js';
import { MissingInstancetype, resolveSpecs } from '../controllers/instancetype-lookup.js';
import { sameValue, VMS } from '../controllers/reconciliation.js';
import { ARCHITECTURE, MACHINE_TYPE } from '../controllers/vmi-defaults.js';
import type { NewObject, Untyped } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import type { AdmissionPlugin, AdmissionRequest } from '../wire/extension.js';
import { vmTypeErrors } from './body-types.js';
import { type CloneRights, cloneRefusal, machineAccount } from './clone-rights.js';
import { dataVolumeCauses } from './data-volume-admission.js';
import { lockCauses } from './vm-lock-rules.js';
import { vmiSpecCauses } from './vmi-spec-rules.js';
import { type Cause, denied, invalidField, requiredField } from './webhook-refusal.js';

const MUTATOR = 'virtualmachines-mutator.kubevirt.io';
export const VALIDATOR = 'virtualmachine-validator.kubevirt.io';
const RUN_STRATEGIES = ['Halted', 'Manual', 'Always', 'RerunOnFailure', 'Once'];

/** virt-api's webhooks for VirtualMachine. */
export function virtualMachineAdmission(
  store: Pick<ObjectStore, 'get'>,
  rights: CloneRights,
): AdmissionPlugin {
  return {
    resources: [VMS],
    mutate(request) {
      const object = request.object as NewObject;
      if (!concerns(request)) return object;
      const wrong = vmTypeErrors(object.spec);
      if (wrong.length > 0) throw denied(MUTATOR, wrong);
      return withDefaults(object, store);
    },
    validate(request) {
      if (!concerns(request)) return;
      const vm = request.object as NewObject;
      const causes = [...runStrategyCauses(vm.spec), ...templateCauses(vm.spec)];
      causes.push(...lockCauses(vm.spec, request.oldObject));
      causes.push(...cloneCauses(vm.spec, request, { store, rights }));
      const matchersChanged =
        !request.oldObject || !sameValue(matchersOf(vm.spec), matchersOf(request.oldObject.spec));
      causes.push(...instancetypeCauses(vm, request, store, matchersChanged));
      causes.push(
        ...vmiSpecCauses('spec.template.spec', vm.spec.template.spec, Boolean(vm.spec.instancetype)),
      );
      if (causes.length > 0) throw denied(VALIDATOR, causes);
    },
  };
}

/** Changes of a machine that lives; what is being deleted may lose its finalizers whatever it looks like. */
function concerns(request: AdmissionRequest): boolean {
  if (request.operation === 'DELETE' || request.subresource === 'status') return false;
  return !request.oldObject?.metadata.deletionTimestamp;
}

function withDefaults(vm: NewObject, store: Pick<ObjectStore, 'get'>): NewObject {
  const { spec } = vm;
  if (spec.instancetype?.name) spec.instancetype.kind ??= 'virtualmachineclusterinstancetype';
  if (spec.preference?.name) spec.preference.kind ??= 'virtualmachineclusterpreference';
  const template: Untyped = spec.template.spec;
  let preferred: Untyped;
  try {
    preferred = resolveSpecs({ ...vm, spec: { preference: spec.preference } }, store).preference?.spec;
  } catch (error) {
    if (!(error instanceof MissingInstancetype)) throw error;
  }
  template.architecture ??= preferred?.preferredArchitecture ?? ARCHITECTURE;
  const machine = preferred?.machine?.preferredMachineType ?? MACHINE_TYPE;
  template.domain.machine = { ...template.domain.machine, type: template.domain.machine?.type || machine };
  template.domain.devices ??= {};
  template.domain.resources ??= {};
  return vm;
}

function matchersOf(spec: Untyped): Untyped {
  return [spec?.instancetype, spec?.preference, spec?.template?.spec?.domain];
}

function runStrategyCauses(spec: Untyped): Cause[] {
  if (spec.running !== undefined && spec.running !== null && spec.runStrategy) {
    return [
      invalidField(
        'spec.running',
        'Running and RunStrategy are mutually exclusive. Note that Running is deprecated, please use RunStrategy instead',
      ),
    ];
  }
  if ((spec.running === undefined || spec.running === null) && !spec.runStrategy) {
    return [requiredField('spec.running', 'RunStrategy must be specified')];
  }
  if (spec.runStrategy && !RUN_STRATEGIES.includes(spec.runStrategy)) {
    return [invalidField('spec.runStrategy', `Invalid RunStrategy (${spec.runStrategy})`)];
  }
  return [];
}

function templateCauses(spec: Untyped): Cause[] {
  return (spec.dataVolumeTemplates ?? []).flatMap((template: Untyped, index: number): Cause[] => {
    const at = `spec.dataVolumeTemplates[${index}]`;
    const name = template.metadata?.name;
    if (!name) {
      return [
        requiredField(`${at}.name`, `'name' field must not be empty for DataVolumeTemplate entry ${at}.`),
      ];
    }
    const used = (spec.template.spec.volumes ?? []).some(
      (volume: Untyped) =>
        volume.dataVolume?.name === name || volume.persistentVolumeClaim?.claimName === name,
    );
    const causes = dataVolumeCauses(template.spec, `${at}.spec`);
    if (!used) {
      causes.push(
        requiredField(
          at,
          `DataVolumeTemplate entry ${at} must be referenced in the VMI template's 'volumes' list`,
        ),
      );
    }
    return causes;
  });
}

/** New templates only: what was cloned is cloned. */
function cloneCauses(
  spec: Untyped,
  { namespace = '', oldObject }: AdmissionRequest,
  rooms: Parameters<typeof cloneRefusal>[3],
): Cause[] {
  const templates: Untyped[] = spec.dataVolumeTemplates ?? [];
  if (sameValue(templates, oldObject?.spec.dataVolumeTemplates ?? [])) return [];
  const account = machineAccount(namespace, spec);
  return templates.flatMap((template, index) => {
    const refusal = cloneRefusal(account, namespace, template.spec, rooms);
    if (!refusal) return [];
    return [
      invalidField(`spec.dataVolumeTemplates[${index}]`, `Authorization failed, message is: ${refusal}`),
    ];
  });
}

function instancetypeCauses(
  vm: NewObject,
  { namespace, oldObject }: AdmissionRequest,
  store: Pick<ObjectStore, 'get'>,
  changed: boolean,
): Cause[] {
  if (!changed) return [];
  const metadata = { ...vm.metadata, namespace: vm.metadata.namespace ?? namespace };
  try {
    const { instancetype, preference } = resolveSpecs({ ...vm, metadata, status: oldObject?.status }, store);
    const template = vm.spec.template.spec;
    return [
      ...instancetypeConflicts(template, instancetype),
      ...unmetRequirements(template, instancetype, preference),
    ].map(({ field, message }) => invalidField(field, message));
  } catch (error) {
    if (!(error instanceof MissingInstancetype)) throw error;
    return [{ reason: 'FieldValueNotFound', message: error.message, field: error.field }];
  }
}
