import type { KubeObject, Untyped } from '../store/kube-object.js';
import { findCondition, timestamp } from './conditions.js';
import { attachFor, isAttached } from './hotplug.js';
import { clusterMigrationConfiguration, migrationConfigurationFor } from './migration-configuration.js';
import { type MigrationFacts, nextPhase, whyFailed } from './migration-phase.js';
import { targetPod } from './migration-pod.js';
import {
  currentPodName,
  isFinalMigration,
  isMigrating,
  isPodDown,
  MIGRATION_FINALIZER,
  MIGRATION_JOB_LABEL,
  migrationsOf,
  PROGRESS_ANNOTATION,
  TARGET_NODE_LABEL,
  targetPodOf,
  VMI_NAME_LABEL,
} from './migration-state.js';
import { controllerOf, keyOf } from './ownership.js';
import {
  type Change,
  type Controller,
  editable,
  MIGRATIONS,
  PODS,
  type Reconciliation,
  sameValue,
  statusChange,
  VMIS,
  type World,
} from './reconciliation.js';
import { API_VERSION_ANNOTATIONS } from './vmi-from-vm.js';
import { setCondition } from './vmi-status.js';

const COMPONENT = 'virtualmachine-controller';
const ABORT_REQUESTED = 'migrationAbortRequested';
const REJECTED_BY_QUOTA = 'migrationRejectedByResourceQuota';
const KEPT = 5;
/** Seconds that a target pod may wait for a node, and for anything else. */
const UNSCHEDULABLE_SECONDS = 5 * 60;
const PENDING_SECONDS = 15 * 60;

/**
 * virt-controller's part of a live migration: the limits, the target pod, the hand-over to the nodes, what
 * becomes of it, and the five that are remembered.
 * @see KubeVirt pkg/virt-controller/watch/migration/migration.go
 */
export const migrationController: Controller = {
  name: 'migration',
  resource: MIGRATIONS,
  reconcile: reconcileMigration,
  onRefused: podRefused,
  watches: {
    [VMIS]: (vmi, world) => migrationsOf(vmi, world).map(keyOf),
    [PODS]: (pod, world) => {
      // A pod that attaches a plugged disk belongs to the pod that is moved to.
      const owner = controllerOf(pod, 'Pod');
      const launcher = owner ? world.get(PODS, pod.metadata.namespace, owner.name) : pod;
      const job = launcher?.metadata.labels?.[MIGRATION_JOB_LABEL];
      return job ? keysWhere(world, pod.metadata.namespace, (one) => one.metadata.uid === job) : [];
    },
    // One that ends makes room for those that wait.
    [MIGRATIONS]: (_migration, world) => keysWhere(world, undefined, waits),
    resourcequotas: ({ metadata: { namespace } }, world) => keysWhere(world, namespace, waits),
    'kubevirts.kubevirt.io': (_kubevirt, world) => keysWhere(world, undefined, waits),
  },
};

const waits = (migration: KubeObject) => migration.status?.phase === 'Pending';

function keysWhere(
  world: World,
  namespace: string | undefined,
  holds: (migration: KubeObject) => boolean,
): string[] {
  return world.list(MIGRATIONS, namespace).filter(holds).map(keyOf);
}

export function reconcileMigration(migration: KubeObject, world: World): Reconciliation {
  const vmi = world.get(VMIS, migration.metadata.namespace, migration.spec.vmiName);
  if (!vmi) return withoutInstance(migration);
  const prepared = prepare(migration, vmi, world);
  if (isFinalMigration(migration)) {
    return { changes: [...prepared, ...forgetOldest(vmi, world), ...lastWord(migration, vmi)] };
  }
  const facts = factsOf(migration, vmi, world);
  const failure = whyFailed(facts);
  if (failure) return { changes: [...prepared, ...fail(facts, failure, world)] };
  if (migration.metadata.deletionTimestamp)
    return { changes: [...prepared, ...abort(migration, vmi, world)] };
  const acted = act(facts, world);
  const next = nextPhase(facts);
  const status = withPhase(migration, next, world.now);
  if (next === 'Scheduling') dropped(status, REJECTED_BY_QUOTA);
  if (next === 'Succeeded') status.migrationState = vmi.status?.migrationState;
  const changes = [...prepared, ...acted.changes, ...statusChange(MIGRATIONS, migration, status)];
  const refusal = world.guest(vmi.metadata.uid)?.migration?.withoutPostCopy;
  if (next === 'Running' && refusal) {
    const said = `Post-copy is allowed, but cannot be had on these nodes: ${refusal}`;
    changes.push(event(migration, 'Warning', 'PostCopyUnavailable', said));
  }
  if (next === 'Succeeded') {
    changes.push(
      event(migration, 'Normal', 'SuccessfulMigration', 'Source node reported migration succeeded'),
    );
  }
  return { changes, requeueAfterMs: acted.requeueAfterMs };
}

/** A migration is nothing without its instance: it goes with it, and takes no hand in how it ends. */
function withoutInstance(migration: KubeObject): Reconciliation {
  const { namespace, name, finalizers = [] } = migration.metadata;
  const changes: Change[] = migration.metadata.deletionTimestamp
    ? []
    : [{ kind: 'delete', resource: MIGRATIONS, namespace, name }];
  if (finalizers.includes(MIGRATION_FINALIZER)) changes.unshift(withoutFinalizer(migration));
  return { changes };
}

function withoutFinalizer(migration: KubeObject): Change {
  const released = editable(migration);
  released.metadata.finalizers = (released.metadata.finalizers ?? []).filter(
    (one) => one !== MIGRATION_FINALIZER,
  );
  return { kind: 'update', resource: MIGRATIONS, object: released };
}

/** Labels, annotations and the progress in bytes; the finalizer goes when it is over. */
function prepare(migration: KubeObject, vmi: KubeObject, world: World): Change[] {
  const wanted = editable(migration);
  const { metadata } = wanted;
  metadata.labels = { [VMI_NAME_LABEL]: migration.spec.vmiName, ...metadata.labels };
  metadata.annotations = { ...metadata.annotations, ...API_VERSION_ANNOTATIONS };
  const moving = world.guest(vmi.metadata.uid)?.migration;
  if (moving?.id === migration.metadata.uid && moving.progress) {
    metadata.annotations[PROGRESS_ANNOTATION] = JSON.stringify({ ...moving.progress, mode: moving.mode });
  }
  if (!isFinalMigration(migration) && !metadata.deletionTimestamp) {
    metadata.finalizers = [...new Set([...(metadata.finalizers ?? []), MIGRATION_FINALIZER])];
  }
  if (isFinalMigration(migration)) {
    metadata.finalizers = metadata.finalizers?.filter((one) => one !== MIGRATION_FINALIZER);
    if (metadata.finalizers?.length === 0) delete metadata.finalizers;
  }
  return sameValue(metadata, migration.metadata)
    ? []
    : [{ kind: 'update', resource: MIGRATIONS, object: wanted }];
}

function factsOf(migration: KubeObject, vmi: KubeObject, world: World): MigrationFacts {
  const pod = targetPodOf(migration, world);
  return {
    migration,
    vmi,
    pod,
    attached: Boolean(pod && isAttached(vmi, pod, world)),
    rival: migrationsOf(vmi, world).some(
      (one) => one.metadata.uid !== migration.metadata.uid && one.status?.phase && !isFinalMigration(one),
    ),
  };
}

/** What the phase asks to be done: a pod for the target, then the word to the nodes. */
function act({ migration, vmi, pod, attached }: MigrationFacts, world: World): Reconciliation {
  switch (migration.status?.phase) {
    case 'Pending':
      return pod ? { changes: [] } : createTarget(migration, vmi, world);
    case 'Scheduling':
      return pod ? whileItWaits(migration, vmi, pod, world) : { changes: [] };
    case 'Scheduled':
      return { changes: pod && attached ? handOff(migration, vmi, pod, world) : [] };
    default:
      return { changes: [] };
  }
}

function createTarget(migration: KubeObject, vmi: KubeObject, world: World): Reconciliation {
  if (vmi.status?.phase !== 'Running' || isMigrating(vmi) || atLimit(vmi, world)) return { changes: [] };
  if (!world.get(PODS, vmi.metadata.namespace, currentPodName(vmi))) return { changes: [] };
  const pod = targetPod(vmi, migration);
  return {
    changes: [
      { kind: 'create', resource: PODS, object: pod },
      event(migration, 'Normal', 'SuccessfulCreate', `Created migration target pod ${pod.metadata.name}`),
    ],
  };
}

/** Whether as many guests are moving, in all or away from its node, as may. */
function atLimit(vmi: KubeObject, world: World): boolean {
  const { parallelMigrationsPerCluster, parallelOutboundMigrationsPerNode } =
    clusterMigrationConfiguration(world);
  const running = world
    .list(MIGRATIONS)
    .filter((one) => one.status?.phase && !isFinalMigration(one) && (!waits(one) || targetPodOf(one, world)));
  if (running.length >= parallelMigrationsPerCluster) return true;
  const outbound = running.filter(
    (one) =>
      world.get(VMIS, one.metadata.namespace, one.spec.vmiName)?.status?.nodeName === vmi.status.nodeName,
  );
  return outbound.length >= parallelOutboundMigrationsPerNode;
}

function whileItWaits(migration: KubeObject, vmi: KubeObject, pod: KubeObject, world: World): Reconciliation {
  if (pod.status?.phase === 'Running') return { changes: attachFor(vmi, pod, world) };
  const age = (world.now.getTime() - Date.parse(pod.metadata.creationTimestamp ?? '')) / 1_000;
  const unschedulable = findCondition(pod, 'PodScheduled')?.reason === 'Unschedulable';
  const allowed = seconds(
    migration,
    unschedulable
      ? 'kubevirt.io/migrationUnschedulablePodTimeoutSeconds'
      : 'kubevirt.io/migrationPendingPodTimeoutSeconds',
    unschedulable ? UNSCHEDULABLE_SECONDS : PENDING_SECONDS,
  );
  const told: Change[] = unschedulable
    ? [
        event(
          migration,
          'Warning',
          'migrationTargetPodUnschedulable',
          `Migration target pod for VMI [${vmi.metadata.namespace}/${vmi.metadata.name}] is currently unschedulable.`,
        ),
      ]
    : [];
  if (age < allowed) return { changes: told, requeueAfterMs: (allowed - age) * 1_000 + 50 };
  const { namespace, name } = pod.metadata;
  const what = `${unschedulable ? 'unschedulable' : 'pending'} pod ${namespace}/${name} timeout period exceeded`;
  return {
    changes: [
      { kind: 'delete', resource: PODS, namespace, name },
      event(migration, 'Normal', 'SuccessfulDelete', what),
    ],
  };
}

function seconds(migration: KubeObject, annotation: string, otherwise: number): number {
  const given = Number(migration.metadata.annotations?.[annotation] ?? Number.NaN);
  return Number.isInteger(given) && given >= 0 ? given : otherwise;
}

/** From here on the nodes do the work; what they do stands in the instance's migration state. */
function handOff(migration: KubeObject, vmi: KubeObject, pod: KubeObject, world: World): Change[] {
  if (vmi.status?.migrationState?.migrationUid === migration.metadata.uid) return [];
  const { configuration, policyName } = migrationConfigurationFor(vmi, world);
  const handed = editable(vmi);
  handed.metadata.labels = { ...handed.metadata.labels, [TARGET_NODE_LABEL]: pod.spec.nodeName };
  const migrationState = {
    migrationUid: migration.metadata.uid,
    migrationConfiguration: configuration,
    ...(policyName ? { migrationPolicyName: policyName } : {}),
    sourceNode: vmi.status.nodeName,
    sourcePod: currentPodName(vmi),
    targetNode: pod.spec.nodeName,
    targetPod: pod.metadata.name,
  };
  const activePods = { ...handed.status.activePods, [pod.metadata.uid]: pod.spec.nodeName };
  handed.status = { ...handed.status, migrationState, activePods };
  return [
    { kind: 'update', resource: VMIS, object: handed },
    event(
      migration,
      'Normal',
      'SuccessfulHandOver',
      'Migration target pod is ready for preparation by virt-handler.',
    ),
  ];
}

/** A cancel of what the nodes have in hand: they are told, and the migration waits for their word. */
function abort(migration: KubeObject, vmi: KubeObject, world: World): Change[] {
  const changes: Change[] = [];
  const state = vmi.status?.migrationState;
  if (!state?.completed && !state?.abortRequested) {
    const migrationState = { ...state, abortRequested: true };
    changes.push(
      ...statusChange(VMIS, vmi, { ...vmi.status, migrationState }),
      event(
        migration,
        'Normal',
        'SuccessfulAbortMigration',
        'Migration is ready to be canceled by virt-handler.',
      ),
    );
  }
  const next = state?.completed && !state.failed ? 'Succeeded' : nextOfRunning(migration, vmi);
  const status = withPhase(migration, next, world.now);
  if (next === 'Succeeded') status.migrationState = state;
  setCondition(
    status,
    { type: ABORT_REQUESTED, status: 'True', lastProbeTime: timestamp(world.now) },
    world.now,
  );
  return [...changes, ...statusChange(MIGRATIONS, migration, status)];
}

const nextOfRunning = (migration: KubeObject, vmi: KubeObject) =>
  nextPhase({ migration, vmi, attached: true, rival: false });

function fail({ migration, vmi, pod }: MigrationFacts, why: string, world: World): Change[] {
  const status = withPhase(migration, 'Failed', world.now);
  const state = vmi.status?.migrationState;
  if (state?.migrationUid === migration.metadata.uid) status.migrationState = state;
  dropped(status, REJECTED_BY_QUOTA);
  if (migration.metadata.deletionTimestamp) {
    const probe = timestamp(world.now);
    setCondition(status, { type: ABORT_REQUESTED, status: 'True', lastProbeTime: probe }, world.now);
  }
  const changes = [
    ...statusChange(MIGRATIONS, migration, status),
    event(migration, 'Warning', 'FailedMigration', why),
  ];
  if (pod && !isPodDown(pod) && state?.migrationUid !== migration.metadata.uid) {
    const { namespace, name } = pod.metadata;
    const told = `migration canceled and pod ${namespace}/${name} is deleted`;
    changes.push(
      { kind: 'delete', resource: PODS, namespace, name },
      event(migration, 'Normal', 'SuccessfulDelete', told),
    );
  }
  return changes;
}

/** What the nodes did last may be told only after the migration was found to be over. */
function lastWord(migration: KubeObject, vmi: KubeObject): Change[] {
  const state = vmi.status?.migrationState;
  if (state?.migrationUid !== migration.metadata.uid || !state.completed) return [];
  return statusChange(MIGRATIONS, migration, { ...migration.status, migrationState: state });
}

function forgetOldest(vmi: KubeObject, world: World): Change[] {
  const finished = migrationsOf(vmi, world).filter(
    (one) => isFinalMigration(one) && !one.metadata.deletionTimestamp,
  );
  return finished.slice(0, Math.max(0, finished.length - KEPT)).map(({ metadata: { namespace, name } }) => ({
    kind: 'delete',
    resource: MIGRATIONS,
    namespace,
    name,
  }));
}

/** The quota has no room for a second pod: said on the migration, which waits. */
export function podRefused(migration: KubeObject, refusal: string, world: World): Change[] {
  const status: Untyped = structuredClone(migration.status ?? {});
  const probe = timestamp(world.now);
  if (refusal.includes('exceeded quota') && !findCondition({ status }, REJECTED_BY_QUOTA)) {
    setCondition(status, { type: REJECTED_BY_QUOTA, status: 'True', lastProbeTime: probe }, world.now);
  }
  const said = statusChange(MIGRATIONS, migration, status);
  if (said.length === 0) return [];
  return [...said, event(migration, 'Warning', 'FailedCreate', `Error creating pod: ${refusal}`)];
}

function dropped(status: Untyped, condition: string): void {
  status.conditions = (status.conditions ?? []).filter((one: Untyped) => one.type !== condition);
  if (status.conditions.length === 0) delete status.conditions;
}

function withPhase(migration: KubeObject, phase: string | undefined, now: Date): Untyped {
  const status = structuredClone(migration.status ?? {});
  if (!phase || status.phase === phase) return status;
  return {
    ...status,
    phase,
    phaseTransitionTimestamps: [
      ...(status.phaseTransitionTimestamps ?? []),
      { phase, phaseTransitionTimestamp: timestamp(now) },
    ],
  };
}

function event(regarding: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): Change {
  return { kind: 'event', regarding, type, reason, message, component: COMPONENT };
}
