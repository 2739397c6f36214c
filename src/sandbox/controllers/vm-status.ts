import type { KubeObject, Untyped } from '../store/kube-object.js';
import {
  type Condition,
  findCondition,
  isConditionTrue,
  timestamp,
  withCondition,
  withoutCondition,
} from './conditions.js';
import type { World } from './reconciliation.js';
import { dataVolumesOf, hasVolumeError, isProvisioning, volumeSnapshotStatuses } from './vm-data-volumes.js';
import { needsRestart, vmGenerationOf } from './vm-revisions.js';
import { isFinal, nextStartFailure, pendingRequests, runStrategyOf } from './vm-run-strategy.js';

/** Conditions that are the machine's own and are not taken over from the instance. */
const OWN = new Set(['Ready', 'Failure', 'RestartRequired', 'Initialized', 'ManualRecoveryRequired']);

export interface SyncFailure {
  reason: string;
  message: string;
}

export interface StatusFacts {
  vm: KubeObject;
  vmi: KubeObject | undefined;
  /** An instance is to be made as soon as what it waits for is there. */
  starting: boolean;
  /** The start is held back since earlier ones failed. */
  backingOff: boolean;
  failure?: SyncFailure;
  references: Untyped;
}

/** The status of a machine from what there is of it. */
export function vmStatus(facts: StatusFacts, world: World): Untyped {
  const { vm, vmi } = facts;
  const status: Untyped = { ...structuredClone(vm.status ?? {}), ...facts.references };
  assign(status, 'created', vmi ? true : undefined);
  assign(status, 'ready', isConditionTrue(vmi, 'Ready') ? true : undefined);
  status.conditions = conditionsOf(facts, world);
  const pending = pendingRequests(vm, vmi);
  assign(status, 'stateChangeRequests', pending.length > 0 ? pending : undefined);
  assign(status, 'startFailure', startFailureOf(facts, world.now));
  const strategy = runStrategyOf(vm);
  if (vmi || strategy === 'Halted' || strategy === 'Manual') status.runStrategy = strategy;
  status.desiredGeneration = vm.metadata.generation;
  // The instance lags behind the machine only where the change reaches it with a restart.
  const behind = vmi && status.conditions.some((one: Condition) => one.type === 'RestartRequired');
  status.observedGeneration = behind ? vmGenerationOf(vmi) : vm.metadata.generation;
  const volumes = volumeSnapshotStatuses(vm, world);
  assign(status, 'volumeSnapshotStatuses', volumes.length > 0 ? volumes : undefined);
  if (!vm.spec.instancetype) delete status.instancetypeRef;
  if (!vm.spec.preference) delete status.preferenceRef;
  status.printableStatus = printableStatus(facts, status, world);
  return status;
}

function assign(target: Untyped, key: string, value: Untyped): void {
  if (value === undefined) delete target[key];
  else target[key] = value;
}

function startFailureOf({ vm, vmi }: StatusFacts, now: Date): Untyped {
  if (runStrategyOf(vm) === 'Halted') return undefined;
  return nextStartFailure(vm.status?.startFailure, vmi, now);
}

function conditionsOf({ vm, vmi, failure }: StatusFacts, world: World): Condition[] {
  const probe = timestamp(world.now);
  let conditions: Condition[] = vm.status?.conditions ?? [];
  conditions = withCondition(conditions, readyCondition(vmi, probe), world.now);
  conditions = failure
    ? withCondition(
        conditions,
        { type: 'Failure', status: 'True', lastProbeTime: probe, ...failure },
        world.now,
      )
    : withoutCondition(conditions, 'Failure');
  if (!vmi) return withoutCondition(conditions, 'RestartRequired');
  const theirs: Condition[] = (vmi.status?.conditions ?? []).filter((one: Condition) => !OWN.has(one.type));
  conditions = conditions.filter(
    (one) => OWN.has(one.type) || theirs.some((other) => other.type === one.type),
  );
  for (const condition of theirs) {
    const index = conditions.findIndex((one) => one.type === condition.type);
    conditions = index < 0 ? [...conditions, condition] : conditions.toSpliced(index, 1, condition);
  }
  return needsRestart(vm, vmi, world)
    ? withCondition(
        conditions,
        {
          type: 'RestartRequired',
          status: 'True',
          message: 'a non-live-updatable field was changed in the template spec',
        },
        world.now,
      )
    : withoutCondition(conditions, 'RestartRequired');
}

function readyCondition(vmi: KubeObject | undefined, probe: string): Condition {
  if (!vmi) {
    return {
      type: 'Ready',
      status: 'False',
      reason: 'VMINotExists',
      message: 'VMI does not exist',
      lastProbeTime: probe,
      lastTransitionTime: probe,
    };
  }
  return (
    findCondition(vmi, 'Ready') ?? {
      type: 'Ready',
      status: 'False',
      reason: 'VMIConditionMissing',
      message: 'VMI is missing the Ready condition',
      lastProbeTime: probe,
      lastTransitionTime: probe,
    }
  );
}

/**
 * The one word of `kubectl get vm`. Several could hold at once; the first that does is taken.
 * @see reference: the vocabulary in KubeVirt's types.go (VirtualMachinePrintableStatus).
 */
function printableStatus(facts: StatusFacts, status: Untyped, world: World): string {
  const { vm, vmi, starting, backingOff } = facts;
  const active = vmi && !isFinal(vmi) ? vmi : undefined;
  const volumes = dataVolumesOf(vm, world);
  const synchronized = findCondition(active, 'Synchronized');
  const unsynchronized = synchronized?.status === 'False' ? synchronized.reason : undefined;
  const phase = active?.status?.phase;
  if (vm.metadata.deletionTimestamp) return 'Terminating';
  if (active?.metadata.deletionTimestamp) return 'Stopping';
  if (phase === 'Running') {
    const migration = active?.status?.migrationState;
    if (migration && !migration.completed && migration.startTimestamp) return 'Migrating';
    return isConditionTrue(active, 'Paused') ? 'Paused' : 'Running';
  }
  if (unsynchronized === 'FailedPvcNotFound') return 'ErrorPvcNotFound';
  if (hasVolumeError(volumes)) return 'DataVolumeError';
  const scheduled = findCondition(active, 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') return 'ErrorUnschedulable';
  if (isProvisioning(vm, volumes)) return 'Provisioning';
  if (unsynchronized === 'ErrImagePull' || unsynchronized === 'ImagePullBackOff') return unsynchronized;
  if (active) return phase === 'Unknown' ? 'Unknown' : 'Starting';
  if (starting && volumes.some((one) => one.status?.phase === 'WaitForFirstConsumer')) {
    return 'WaitingForVolumeBinding';
  }
  if (backingOff || (status.startFailure && vmi)) return 'CrashLoopBackOff';
  if (starting && !facts.failure) return 'Starting';
  return 'Stopped';
}
