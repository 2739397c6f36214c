import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { ViewDefinition } from '../../../platform/cluster/cluster-cache.js';
import { POD, VIRTUAL_MACHINE, VIRTUAL_MACHINE_INSTANCE } from '../../../platform/cluster/kinds.js';
import { isTrashed } from '../../access/trash.contract.js';
import type { SeenContainer, SeenInstance, SeenMachine, SeenMigration, SeenPod } from '../domain/observed.js';
import { conditionsOf, identity, lifetime, message, record, records, text, time } from './cluster-reading.js';

/** KubeVirt's default of terminationGracePeriodSeconds (api/core/v1/defaults.go). */
const GRACE_SECONDS = 30;
const CLUSTER_TYPE = /^(VirtualMachineClusterInstancetype|virtualmachineclusterinstancetypes?)$/i;
const CLUSTER_PREFERENCE = /^(VirtualMachineClusterPreference|virtualmachineclusterpreferences?)$/i;

export const MACHINES: ViewDefinition<SeenMachine> = {
  kind: VIRTUAL_MACHINE,
  project: (object) => (isTrashed(object) ? null : observeMachine(object)),
};
export const INSTANCES: ViewDefinition<SeenInstance> = {
  kind: VIRTUAL_MACHINE_INSTANCE,
  project: observeInstance,
};
/** Launchers only: what else runs in a cluster is nobody's business here. */
export const LAUNCHERS: ViewDefinition<SeenPod> = {
  kind: POD,
  labelSelector: 'kubevirt.io=virt-launcher',
  project: observePod,
  indexes: { instance: ({ instance }) => [instance] },
};

export function observeMachine(object: KubeObject): SeenMachine {
  const spec = record(object.spec);
  const status = record(object.status);
  const template = record(record(spec.template).spec);
  const type = record(spec.instancetype);
  const preference = record(spec.preference);
  const failure = record(status.startFailure);
  // What it was made of is kept for it: the cluster may have forgotten the rest.
  const isKept = (named: Record<string, unknown>, seen: unknown) =>
    text(named.revisionName) !== '' || text(record(record(seen).controllerRevisionRef).name) !== '';
  return {
    ...identity(object),
    ...lifetime(object),
    finalizers: (object.metadata.finalizers ?? []).slice(0, 16).map((one) => text(one)),
    runStrategy:
      typeof spec.runStrategy === 'string'
        ? text(spec.runStrategy, 32)
        : spec.running === true
          ? 'Always'
          : 'Halted',
    state: text(status.printableStatus, 64) || 'Provisioning',
    conditions: conditionsOf(status.conditions),
    volumes: records(template.volumes).flatMap(({ name, dataVolume, persistentVolumeClaim }) => {
      const claim = text(record(dataVolume).name ?? record(persistentVolumeClaim).claimName);
      return claim === '' ? [] : [{ name: text(name, 63), claim }];
    }),
    instanceType: text(type.name) || null,
    preference: text(preference.name) || null,
    lookedUp: {
      instanceType:
        (type.kind === undefined || CLUSTER_TYPE.test(String(type.kind))) &&
        !isKept(type, status.instancetypeRef),
      preference:
        (preference.kind === undefined || CLUSTER_PREFERENCE.test(String(preference.kind))) &&
        !isKept(preference, status.preferenceRef),
    },
    startFailure:
      typeof failure.consecutiveFailCount === 'number'
        ? { count: failure.consecutiveFailCount, retryAt: time(failure.retryAfterTimestamp) }
        : null,
    snapshotInProgress: text(status.snapshotInProgress) || null,
    restoreInProgress: text(status.restoreInProgress) || null,
  };
}

export function observeInstance(object: KubeObject): SeenInstance {
  const spec = record(object.spec);
  const status = record(object.status);
  const phase = text(status.phase, 32) || 'Pending';
  const moves = records(status.phaseTransitionTimestamps).filter((one) => one.phase === phase);
  const grace = spec.terminationGracePeriodSeconds;
  const createdAt = time(object.metadata.creationTimestamp) ?? '';
  return {
    ...identity(object),
    ...lifetime(object),
    phase,
    phaseSince: time(moves.at(-1)?.phaseTransitionTimestamp) ?? createdAt,
    graceSeconds: typeof grace === 'number' && grace >= 0 ? grace : GRACE_SECONDS,
    node: text(status.nodeName) || null,
    conditions: conditionsOf(status.conditions),
    frozen: status.fsFreezeStatus === 'frozen',
    evacuates: text(status.evacuationNodeName) || null,
    migration: migrationOf(record(status.migrationState)),
  };
}

function migrationOf(state: Record<string, unknown>): SeenMigration | null {
  if (Object.keys(state).length === 0) return null;
  return {
    target: text(state.targetNode) || null,
    startedAt: time(state.startTimestamp),
    endedAt: time(state.endTimestamp),
    completed: state.completed === true,
    failed: state.failed === true,
    reason: message(state.failureReason ?? state.abortStatus),
  };
}

export function observePod(object: KubeObject): SeenPod {
  const status = record(object.status);
  const labels = object.metadata.labels ?? {};
  return {
    ...identity(object),
    ...lifetime(object),
    instance: text(labels['kubevirt.io/created-by']),
    node: text(record(object.spec).nodeName) || null,
    phase: text(status.phase, 32),
    reason: text(status.reason, 64),
    message: message(status.message),
    conditions: conditionsOf(status.conditions),
    containers: [...records(status.initContainerStatuses), ...records(status.containerStatuses)].map(
      observeContainer,
    ),
  };
}

function observeContainer({ name, state }: Record<string, unknown>): SeenContainer {
  const { waiting, terminated } = record(state);
  const [waits, ended] = [record(waiting), record(terminated)];
  return {
    name: text(name, 63),
    waiting: waiting ? { reason: text(waits.reason, 64), message: message(waits.message) } : null,
    ended: terminated
      ? {
          reason: text(ended.reason, 64),
          exitCode: Number(ended.exitCode ?? 0) || 0,
          at: time(ended.finishedAt),
        }
      : null,
  };
}
