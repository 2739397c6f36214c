import { isUnderway } from '../nodes/guest-migration.js';
import type { GuestObservation } from '../nodes/node-driver.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import { timestamp } from './conditions.js';
import { migrationSettings } from './migration-configuration.js';
import { type Change, NODES, PODS, type World } from './reconciliation.js';

const COMPONENT = 'virt-handler';

/**
 * virt-handler's part of a live migration, at both ends: it has the target made ready, has the guest moved or
 * left where it is, and tells of it in `status.migrationState`. Changes the given status.
 */
export function driveMigration(
  status: Untyped,
  vmi: KubeObject,
  guest: GuestObservation,
  world: World,
): Change[] {
  const state = status.migrationState;
  if (!state?.migrationUid || state.completed || state.failed) return [];
  const { uid } = vmi.metadata;
  const id: string = state.migrationUid;
  const moving = guest.migration?.id === id ? guest.migration : undefined;
  if (!moving) return begin(status, vmi, world);
  if (moving.phase === 'completed') return complete(status, vmi, moving.mode, world);
  if (!isUnderway(moving))
    return failed(status, vmi, moving.reason ?? 'Live migration aborted', moving.phase, world);
  if (state.abortRequested) {
    state.abortStatus = moving.mode === 'PostCopy' ? 'Failed' : 'Aborting';
    return [{ kind: 'guest', command: { do: 'cancel-migration', uid, id } }];
  }
  if (moving.phase === 'ready' && !state.targetNodeAddress) return targetReady(status, vmi, world);
  if (moving.phase === 'ready') {
    // The phase of the migration follows the address; then the source begins.
    return [{ kind: 'guest', command: { do: 'start-migration', uid, id } }];
  }
  if (moving.phase === 'running' && !state.startTimestamp) {
    state.startTimestamp = timestamp(world.now);
    state.mode = moving.mode;
    return [event(vmi, 'Normal', 'Migrating', 'VirtualMachineInstance is migrating.')];
  }
  if (moving.phase === 'running' && state.mode !== moving.mode) state.mode = moving.mode;
  return [];
}

function begin(status: Untyped, vmi: KubeObject, world: World): Change[] {
  const state = status.migrationState;
  if (state.abortRequested) return failed(status, vmi, 'Live migration aborted', 'cancelled', world);
  const request = {
    id: state.migrationUid,
    targetNode: state.targetNode,
    settings: migrationSettings(state.migrationConfiguration ?? {}),
  };
  return [{ kind: 'guest', command: { do: 'prepare-migration', uid: vmi.metadata.uid, request } }];
}

function targetReady(status: Untyped, vmi: KubeObject, world: World): Change[] {
  const state = status.migrationState;
  const node = world.get(NODES, undefined, state.targetNode);
  const address = node?.status?.addresses?.find((one: Untyped) => one.type === 'InternalIP')?.address;
  state.targetNodeAddress = address ?? state.targetNode;
  // KubeVirt's own names of the ports that it takes for memory and, at 0, for disks that are copied.
  state.targetDirectMigrationNodePorts = { 49152: 49152, 49153: 0 };
  return [
    event(vmi, 'Normal', 'PreparingTarget', 'VirtualMachineInstance Migration Target Prepared.'),
    event(vmi, 'Normal', 'PreparingTarget', `Migration Target is listening at ${state.targetNodeAddress}`),
  ];
}

function complete(status: Untyped, vmi: KubeObject, mode: string, world: World): Change[] {
  const state = status.migrationState;
  const now = timestamp(world.now);
  Object.assign(state, {
    startTimestamp: state.startTimestamp ?? now,
    endTimestamp: now,
    completed: true,
    mode,
    targetNodeDomainDetected: true,
    targetNodeDomainReadyTimestamp: now,
    ...(state.abortRequested ? { abortStatus: 'Failed' } : {}),
  });
  status.nodeName = state.targetNode;
  const pod = world.get(PODS, vmi.metadata.namespace, state.targetPod);
  status.activePods = pod ? { [pod.metadata.uid]: state.targetNode } : {};
  return [
    event(vmi, 'Normal', 'Migrated', `The VirtualMachineInstance migrated to node ${state.targetNode}.`),
  ];
}

/** The guest stays where it is. */
export function failed(
  status: Untyped,
  vmi: KubeObject,
  reason: string,
  phase: string,
  world: World,
): Change[] {
  const state = status.migrationState;
  const now = timestamp(world.now);
  Object.assign(state, {
    startTimestamp: state.startTimestamp ?? now,
    endTimestamp: now,
    completed: true,
    failed: true,
    failureReason: reason,
    ...(state.abortRequested ? { abortStatus: phase === 'cancelled' ? 'Succeeded' : 'Failed' } : {}),
  });
  const target = world.get(PODS, vmi.metadata.namespace, state.targetPod);
  if (target) delete status.activePods?.[target.metadata.uid];
  const told = `VirtualMachineInstance migration uid ${state.migrationUid} failed. reason:${reason}`;
  return [event(vmi, 'Warning', 'Migrated', told)];
}

function event(vmi: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): Change {
  return { kind: 'event', regarding: vmi, type, reason, message, component: COMPONENT };
}
