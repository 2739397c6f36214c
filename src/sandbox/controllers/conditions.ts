import type { Untyped } from '../store/kube-object.js';

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastProbeTime?: string | null;
  lastTransitionTime?: string | null;
}

/** RFC 3339 with whole seconds, as Kubernetes writes times. */
export function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

export function findCondition(object: Untyped, type: string): Condition | undefined {
  return object?.status?.conditions?.find((condition: Condition) => condition.type === type);
}

export function isConditionTrue(object: Untyped, type: string): boolean {
  return findCondition(object, type)?.status === 'True';
}

/** Sets a condition in place of its like; the transition time moves only when the status changes. */
export function withCondition(conditions: readonly Condition[], wanted: Condition, now: Date): Condition[] {
  const index = conditions.findIndex((condition) => condition.type === wanted.type);
  const present = conditions[index];
  const unchanged =
    present?.status === wanted.status &&
    (present.reason ?? '') === (wanted.reason ?? '') &&
    (present.message ?? '') === (wanted.message ?? '');
  if (unchanged) return [...conditions];
  const time = timestamp(now);
  const next: Condition = {
    lastProbeTime: null,
    lastTransitionTime: present?.status === wanted.status ? (present.lastTransitionTime ?? time) : time,
    ...wanted,
  };
  return index < 0 ? [...conditions, next] : conditions.toSpliced(index, 1, next);
}

export function withoutCondition(conditions: readonly Condition[], type: string): Condition[] {
  return conditions.filter((condition) => condition.type !== type);
}
