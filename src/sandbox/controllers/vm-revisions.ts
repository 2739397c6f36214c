import type { KubeObject, Untyped } from '../store/kube-object.js';
import {
  findCurrent,
  type Matcher,
  MissingInstancetype,
  revisionNameFor,
  storedRevision,
} from './instancetype-lookup.js';
import { isLiveUpdate } from './live-update.js';
import { controlledBy } from './ownership.js';
import { type Change, REVISIONS, sameValue, type World } from './reconciliation.js';
import { withoutHotplug } from './vm-hotplug.js';
import { liveRefusal, settledTemplate } from './vm-live-update.js';
import { startRevisionName } from './vmi-from-vm.js';

interface StoredReference {
  kind: string;
  name: string;
  controllerRevisionRef: { name: string };
}

export interface MatcherRevisions {
  changes: Change[];
  references: { instancetypeRef?: StoredReference; preferenceRef?: StoredReference };
}

/**
 * ControllerRevisions of the instance type and preference as they were when the machine first met them, and
 * what status says of them (KubeVirt 1.5 and later keep the spec as the user wrote it).
 * Throws MissingInstancetype.
 */
export function matcherRevisions(vm: KubeObject, world: World): MatcherRevisions {
  const result: MatcherRevisions = { changes: [], references: {} };
  for (const field of ['instancetype', 'preference'] as const) {
    const matcher: Matcher | undefined = vm.spec[field];
    if (!matcher?.name) continue;
    const kind =
      matcher.kind ?? `VirtualMachineCluster${field === 'instancetype' ? 'Instancetype' : 'Preference'}`;
    const known = matcher.revisionName ?? storedRevision(vm, field);
    if (known && world.get(REVISIONS, vm.metadata.namespace, known)) {
      result.references[`${field}Ref`] = { kind, name: matcher.name, controllerRevisionRef: { name: known } };
      continue;
    }
    const matched = findCurrent(matcher, field, vm.metadata.namespace, world);
    const name = revisionNameFor(vm, matched);
    if (!world.get(REVISIONS, vm.metadata.namespace, name)) {
      result.changes.push({
        kind: 'create',
        resource: REVISIONS,
        object: matcherRevision(vm, matched, name),
      });
    }
    result.references[`${field}Ref`] = { kind, name: matcher.name, controllerRevisionRef: { name } };
  }
  return result;
}

function matcherRevision(vm: KubeObject, matched: KubeObject, name: string): Untyped {
  const { metadata } = matched;
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name,
      namespace: vm.metadata.namespace,
      labels: {
        'instancetype.kubevirt.io/object-generation': String(metadata.generation ?? 1),
        'instancetype.kubevirt.io/object-kind': matched.kind,
        'instancetype.kubevirt.io/object-name': metadata.name,
        'instancetype.kubevirt.io/object-uid': metadata.uid,
        'instancetype.kubevirt.io/object-version': 'v1beta1',
      },
      ownerReferences: [controlledBy(vm)],
    },
    data: {
      apiVersion: matched.apiVersion,
      kind: matched.kind,
      metadata: {
        name: metadata.name,
        uid: metadata.uid,
        generation: metadata.generation ?? 1,
        resourceVersion: metadata.resourceVersion,
        creationTimestamp: metadata.creationTimestamp,
        ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
      },
      spec: structuredClone(matched.spec),
    },
    revision: 0,
  };
}

/** The revision of the machine that an instance is started from. */
export function startRevision(vm: KubeObject, world: World): Change[] {
  const generation = vm.metadata.generation ?? 1;
  const name = startRevisionName(vm.metadata.uid, generation);
  if (world.get(REVISIONS, vm.metadata.namespace, name)) return [];
  return [
    {
      kind: 'create',
      resource: REVISIONS,
      object: {
        apiVersion: 'apps/v1',
        kind: 'ControllerRevision',
        metadata: { name, namespace: vm.metadata.namespace, ownerReferences: [controlledBy(vm)] },
        data: { spec: structuredClone(vm.spec) },
        revision: generation,
      },
    },
  ];
}

/** Revisions of starts that neither the present instance nor the present generation needs. */
export function staleStartRevisions(vm: KubeObject, vmi: KubeObject | undefined, world: World): Change[] {
  const kept = new Set([
    startRevisionName(vm.metadata.uid, vm.metadata.generation ?? 1),
    vmi?.status?.virtualMachineRevisionName ?? startRevisionName(vm.metadata.uid, vmGenerationOf(vmi) ?? ''),
  ]);
  const prefix = startRevisionName(vm.metadata.uid, '');
  return world
    .list(REVISIONS, vm.metadata.namespace)
    .filter(({ metadata }) => metadata.name.startsWith(prefix) && !kept.has(metadata.name))
    .map(({ metadata }) => ({
      kind: 'delete',
      resource: REVISIONS,
      namespace: metadata.namespace,
      name: metadata.name,
    }));
}

export function vmGenerationOf(vmi: KubeObject | undefined): number | undefined {
  const text = vmi?.metadata.annotations?.['kubevirt.io/vm-generation'];
  return text === undefined ? undefined : Number(text);
}

/** Whether the running instance was started from another template or instance type than the machine now has. */
export function needsRestart(vm: KubeObject, vmi: KubeObject, world: World): boolean {
  const name = vmi.status?.virtualMachineRevisionName;
  const started = name && world.get(REVISIONS, vm.metadata.namespace, name)?.data?.spec;
  if (!started) return false;
  if (!isLiveUpdate(world)) return !sameValue(bootFacts(started), bootFacts(vm.spec));
  try {
    const facts = (spec: Untyped) => liveFacts(settledTemplate(vm, spec, world), spec);
    return !sameValue(facts(started), facts(vm.spec)) || liveRefusal(vm, vmi, world) !== undefined;
  } catch (error) {
    if (!(error instanceof MissingInstancetype)) throw error;
    return true;
  }
}

function liveFacts(template: Untyped, spec: Untyped): Untyped {
  const { template: settled, preference } = bootFacts({ ...spec, template: { spec: template } });
  return { settled, preference };
}

/** Placement may change under a running machine; all else of the template takes a restart here. */
function bootFacts(spec: Untyped): Untyped {
  const {
    nodeSelector: _selector,
    affinity: _affinity,
    tolerations: _tolerations,
    ...template
  } = withoutHotplug(spec.template?.spec ?? {});
  return {
    template,
    instancetype: [spec.instancetype?.kind?.toLowerCase(), spec.instancetype?.name],
    preference: [spec.preference?.kind?.toLowerCase(), spec.preference?.name],
  };
}
