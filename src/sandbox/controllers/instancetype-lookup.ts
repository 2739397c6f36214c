import type { KubeObject, Untyped } from '../store/kube-object.js';
import { REVISIONS, type World } from './reconciliation.js';

const GROUP = 'instancetype.kubevirt.io';

export interface Matcher {
  kind?: string;
  name?: string;
  revisionName?: string;
}

/** The machine's matcher names something that is not there; `message` is KubeVirt's. */
export class MissingInstancetype extends Error {
  constructor(
    readonly field: 'spec.instancetype' | 'spec.preference',
    message: string,
  ) {
    super(message);
    this.name = 'MissingInstancetype';
  }
}

export interface ResolvedSpecs {
  instancetype?: KubeObject;
  preference?: KubeObject;
}

type Reader = Pick<World, 'get'>;

/**
 * What a machine's instance type and preference say: out of the ControllerRevision that status or spec
 * names where there is one, else as they are now. Throws MissingInstancetype.
 */
export function resolveSpecs(
  vm: { metadata: Untyped; spec?: Untyped; status?: Untyped },
  world: Reader,
): ResolvedSpecs {
  return {
    instancetype: resolve(vm, world, 'instancetype', 'instancetype'),
    preference: resolve(vm, world, 'preference', 'preference'),
  };
}

function resolve(
  vm: Untyped,
  world: Reader,
  field: 'instancetype' | 'preference',
  noun: string,
): KubeObject | undefined {
  const matcher: Matcher | undefined = vm.spec?.[field];
  if (!matcher?.name && !matcher?.revisionName) return undefined;
  const namespace = vm.metadata.namespace;
  const revisionName = matcher.revisionName ?? storedRevision(vm, field);
  if (revisionName) {
    const revision = world.get(REVISIONS, namespace, revisionName);
    if (revision?.data) return revision.data as KubeObject;
    if (matcher.revisionName) {
      throw new MissingInstancetype(
        `spec.${field}`,
        `Failure to find ${noun}: controllerrevisions.apps "${revisionName}" not found`,
      );
    }
  }
  return findCurrent(matcher, field, namespace, world);
}

/** The object that a matcher names, as it is now. Throws MissingInstancetype. */
export function findCurrent(
  matcher: Matcher,
  field: 'instancetype' | 'preference',
  namespace: string | undefined,
  world: Reader,
): KubeObject {
  const plural = pluralOf(matcher.kind, field);
  const resource = `${plural}.${GROUP}`;
  const found = world.get(resource, plural.includes('cluster') ? undefined : namespace, matcher.name ?? '');
  if (!found) {
    throw new MissingInstancetype(
      `spec.${field}`,
      `Failure to find ${field}: ${resource} "${matcher.name}" not found`,
    );
  }
  return found;
}

/** The revision that the controller stored for the matcher as it stands (KubeVirt 1.5 and later). */
export function storedRevision(vm: Untyped, field: 'instancetype' | 'preference'): string | undefined {
  const stored = vm.status?.[`${field}Ref`];
  const matcher: Matcher = vm.spec[field];
  if (!stored || stored.name !== matcher.name) return undefined;
  if (pluralOf(stored.kind, field) !== pluralOf(matcher.kind, field)) return undefined;
  return stored.controllerRevisionRef?.name;
}

function pluralOf(kind: string | undefined, field: 'instancetype' | 'preference'): string {
  const lower = (kind ?? '').toLowerCase();
  const singular = field === 'instancetype' ? 'virtualmachineinstancetype' : 'virtualmachinepreference';
  return lower.replace(/s$/, '') === singular
    ? `${singular}s`
    : `virtualmachinecluster${singular.slice(14)}s`;
}

/** ControllerRevision for one matched object, named as KubeVirt names it. */
export function revisionNameFor(vm: KubeObject, matched: KubeObject): string {
  const { name, uid, generation } = matched.metadata;
  return `${vm.metadata.name}-${name}-v1beta1-${uid}-${generation ?? 1}`;
}
