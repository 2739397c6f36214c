import type { KubeObject, Untyped } from '../store/kube-object.js';

/** Whether a pod that it must not share a node with is there; every node is a host of its own. */
export function repelledFrom(pod: KubeObject, node: string, pods: readonly KubeObject[]): boolean {
  const terms: Untyped[] =
    pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return terms.some((term) =>
    pods.some(
      (other) =>
        other.spec.nodeName === node &&
        other.metadata.namespace === pod.metadata.namespace &&
        other.status?.phase !== 'Succeeded' &&
        other.status?.phase !== 'Failed' &&
        hasLabels(other, term.labelSelector?.matchLabels ?? {}),
    ),
  );
}

function hasLabels({ metadata }: KubeObject, wanted: Record<string, string>): boolean {
  const entries = Object.entries(wanted);
  return entries.length > 0 && entries.every(([key, value]) => metadata.labels?.[key] === value);
}
