import type { KubeObject } from '../store/kube-object.js';
import { timestamp } from './conditions.js';
import { sameValue, type World } from './reconciliation.js';

interface VolumeCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastHeartbeatTime?: string;
  lastTransitionTime?: string;
}

/** CDI's conditions carry a heartbeat in place of a probe time; both move with a change only. */
export function volumeConditions(
  volume: KubeObject,
  wanted: VolumeCondition[],
  world: World,
): VolumeCondition[] {
  const time = timestamp(world.now);
  return wanted.map((condition) => {
    const present: VolumeCondition | undefined = volume.status?.conditions?.find(
      (one: VolumeCondition) => one.type === condition.type,
    );
    const {
      lastHeartbeatTime: _heartbeat,
      lastTransitionTime: _transition,
      ...rest
    } = present ?? { type: '', status: '' };
    if (present && sameValue(rest, condition)) return present;
    const moved = present?.status !== condition.status;
    return {
      lastHeartbeatTime: time,
      lastTransitionTime: moved ? time : (present?.lastTransitionTime ?? time),
      ...condition,
    };
  });
}
