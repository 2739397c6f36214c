import type { KubeObject } from '../store/kube-object.js';
import { type Change, CLAIMS, editable, NODES, STORAGE_CLASSES, type World } from './reconciliation.js';
import { dataVolumesOf } from './vm-data-volumes.js';

/** CDI binds at once what carries it (pkg/controller/common, AnnImmediateBinding). */
const IMMEDIATE = 'cdi.kubevirt.io/storage.bind.immediate.requested';
/** The scheduler's word to the volume controller: a pod that uses the claim will run there. */
const SELECTED_NODE = 'volume.kubernetes.io/selected-node';

/** Whether a claim is of a class whose volumes are made where their first user runs, and nobody uses it yet. */
export function waitsForConsumer(claim: KubeObject, world: World): boolean {
  if (claim.spec.volumeName) return false;
  const { annotations = {} } = claim.metadata;
  if (annotations[IMMEDIATE] !== undefined || annotations[SELECTED_NODE] !== undefined) return false;
  const found = world.get(STORAGE_CLASSES, undefined, claim.spec.storageClassName ?? '');
  return (found as { volumeBindingMode?: string } | undefined)?.volumeBindingMode === 'WaitForFirstConsumer';
}

/**
 * A machine that is to start is the first consumer of its disks: KubeVirt has a pod scheduled that mounts them, so that
 * CDI can fill them. Every node of the sandbox reaches every disk, so the first will do.
 */
export function consumeVolumes(vm: KubeObject, world: World): Change[] {
  const [node] = world.list(NODES);
  if (!node) return [];
  return dataVolumesOf(vm, world).flatMap(({ metadata: { namespace, name } }) => {
    const claim = world.get(CLAIMS, namespace, name);
    if (!claim || !waitsForConsumer(claim, world)) return [];
    const wanted = editable(claim);
    wanted.metadata.annotations = { ...claim.metadata.annotations, [SELECTED_NODE]: node.metadata.name };
    return [{ kind: 'update' as const, resource: CLAIMS, object: wanted }];
  });
}
