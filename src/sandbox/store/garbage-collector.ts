import type { KubeObject, OwnerReference } from './kube-object.js';
import type { Located, ObjectIndex } from './object-index.js';
import type { DeleteOptions } from './object-store.js';
import type { ResourceKinds } from './resource-kind.js';

export const FOREGROUND_FINALIZER = 'foregroundDeletion';

/** What the collector may do to the store; it decides, the store acts. */
export interface CollectorActions {
  delete(target: Located, propagation: DeleteOptions['propagation']): void;
  replaceMetadata(target: Located, change: (object: KubeObject) => void): void;
}

type OwnerState = 'present' | 'waiting-for-dependants' | 'absent';

/**
 * Garbage collection by ownerReferences, as kube-controller-manager's collector decides it
 * (pkg/controller/garbagecollector): background, and foreground with `blockOwnerDeletion`.
 */
export class GarbageCollector {
  constructor(
    private readonly kinds: ResourceKinds,
    private readonly index: ObjectIndex,
    private readonly actions: CollectorActions,
  ) {}

  /** An object may have lost its owners, or never had those it names. */
  considerDependant(uid: string): void {
    const found = this.index.find(uid);
    const owners = found?.object.metadata.ownerReferences;
    if (!found || !owners?.length) return;
    const states = owners.map((owner) => this.stateOf(owner, found.object.metadata.namespace));
    if (states.includes('present')) {
      if (states.every((state) => state === 'present')) return;
      this.actions.replaceMetadata(found, (object) => {
        object.metadata.ownerReferences = owners
          .filter((_, at) => states[at] === 'present')
          .map((o) => ({ ...o }));
      });
      return;
    }
    if (found.object.metadata.deletionTimestamp) return;
    const foreground = states.includes('waiting-for-dependants') && this.index.dependantsOf(uid).length > 0;
    this.actions.delete(found, foreground ? 'Foreground' : 'Background');
  }

  /** An object is being deleted in the foreground: its dependants go first. */
  considerForegroundOwner(uid: string): void {
    const found = this.index.find(uid);
    if (!found || !isWaiting(found.object)) return;
    for (const dependant of this.index.dependantsOf(uid))
      this.considerDependant(dependant.object.metadata.uid);
    const blocked = this.index
      .dependantsOf(uid)
      .some((dependant) =>
        dependant.object.metadata.ownerReferences?.some(
          (owner) => owner.uid === uid && owner.blockOwnerDeletion,
        ),
      );
    if (blocked) return;
    this.actions.replaceMetadata(found, (object) => {
      object.metadata.finalizers = object.metadata.finalizers?.filter(
        (name) => name !== FOREGROUND_FINALIZER,
      );
    });
  }

  /** Takes the owner out of its dependants' references, so that they outlive it. */
  orphanDependants(uid: string): void {
    for (const dependant of this.index.dependantsOf(uid))
      this.actions.replaceMetadata(dependant, (object) => {
        object.metadata.ownerReferences = object.metadata.ownerReferences?.filter(
          (owner) => owner.uid !== uid,
        );
      });
  }

  private stateOf(owner: OwnerReference, namespace: string | undefined): OwnerState {
    const found = this.index.find(owner.uid);
    const kind = this.kinds.ofObject(owner.apiVersion, owner.kind);
    // A kind that is not served here cannot be looked up: Kubernetes leaves such dependants alone.
    if (!kind) return 'present';
    if (!found || found.resource !== kind.resource) return 'absent';
    const ownerNamespace = found.object.metadata.namespace;
    if (ownerNamespace !== undefined && ownerNamespace !== namespace) return 'absent';
    return isWaiting(found.object) ? 'waiting-for-dependants' : 'present';
  }
}

const isWaiting = (object: KubeObject): boolean =>
  object.metadata.deletionTimestamp !== undefined &&
  (object.metadata.finalizers?.includes(FOREGROUND_FINALIZER) ?? false);
