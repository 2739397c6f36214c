import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import { expandTemplate } from './instancetype-expansion.js';
import type { ResolvedSpecs } from './instancetype-lookup.js';
import { controlledBy } from './ownership.js';
import { stableUuid } from './stable-names.js';
import { attachVolumes, withVmiDefaults } from './vmi-defaults.js';

export const VM_FINALIZER = 'kubevirt.io/virtualMachineControllerFinalize';
export const VMI_FOREGROUND_FINALIZER = 'foregroundDeleteVirtualMachine';
export const API_VERSION_ANNOTATIONS = {
  'kubevirt.io/latest-observed-api-version': 'v1',
  'kubevirt.io/storage-observed-api-version': 'v1',
};

/** The instance that a start of the machine brings into being. */
export function instanceOf(vm: KubeObject, specs: ResolvedSpecs, startPaused: boolean): NewObject {
  const template = structuredClone(vm.spec.template);
  template.spec.domain ??= {};
  template.spec.domain.devices ??= {};
  attachVolumes(template.spec);
  const expanded = expandTemplate(template.spec, specs.instancetype, specs.preference);
  const spec = withVmiDefaults(expanded, stableUuid(vm.metadata.uid));
  if (startPaused) spec.startStrategy = 'Paused';
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: {
      name: vm.metadata.name,
      namespace: vm.metadata.namespace,
      labels: { ...template.metadata?.labels },
      annotations: {
        ...specs.instancetype?.spec?.annotations,
        ...specs.preference?.spec?.annotations,
        ...template.metadata?.annotations,
        ...matcherAnnotations(vm),
        ...API_VERSION_ANNOTATIONS,
        'kubevirt.io/nonroot': 'true',
        'kubevirt.io/vm-generation': String(vm.metadata.generation ?? 1),
      },
      finalizers: [VM_FINALIZER, VMI_FOREGROUND_FINALIZER],
      ownerReferences: [controlledBy(vm)],
    },
    spec,
  };
}

function matcherAnnotations(vm: KubeObject): Record<string, string> {
  const annotations: Record<string, string> = {};
  for (const field of ['instancetype', 'preference'] as const) {
    const matcher: Untyped = vm.spec[field];
    if (!matcher?.name) continue;
    const kind = String(matcher.kind ?? 'cluster').toLowerCase();
    annotations[`kubevirt.io/${kind.includes('cluster') ? 'cluster-' : ''}${field}-name`] = matcher.name;
  }
  return annotations;
}

/** The ControllerRevision that keeps what the machine looked like when it was started. */
export function startRevisionName(vmUid: string, generation: number | string): string {
  return `revision-start-vm-${vmUid}-${generation}`;
}
