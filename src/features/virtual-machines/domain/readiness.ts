import type { Condition } from './observed.js';

/**
 * The reasons of the condition Ready that KubeVirt writes itself, or takes over from the pod
 * (staging/src/kubevirt.io/api/core/v1/types.go; kubernetes pkg/kubelet/status/generate.go).
 */
const WORDS: Record<string, string> = {
  VMINotExists: 'It is not running.',
  PodNotExists: 'It is starting.',
  PodConditionMissing: 'It is starting.',
  VMIConditionMissing: 'It is starting.',
  GuestNotRunning: 'Its guest is not running.',
  PodTerminating: 'It is stopping.',
  ContainersNotReady: 'Its readiness probe has found nothing that answers as it should.',
  ReadinessGatesNotReady: 'It is paused.',
  NodeNotReady: 'Its node is not heard of.',
};

/** Why a machine is not ready, for a person; null where it is. */
export function notReadyReason(ready: boolean, conditions: readonly Condition[]): string | null {
  if (ready) return null;
  const condition = conditions.find(({ type }) => type === 'Ready');
  if (!condition || condition.status === 'True') return WORDS.VMINotExists ?? null;
  return (
    WORDS[condition.reason ?? ''] ?? condition.message ?? condition.reason ?? 'The cluster does not say.'
  );
}
