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

/**
 * Whether a pod that it must share its node with is elsewhere only, or nowhere. The first of those that want to be
 * together is not kept waiting for itself.
 */
export function missesCompany(pod: KubeObject, node: string, pods: readonly KubeObject[]): boolean {
  const terms: Untyped[] =
    pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return terms.some((term) => {
    const wanted = term.labelSelector?.matchLabels ?? {};
    const company = pods.filter(
      (other) =>
        other.spec.nodeName &&
        other.status?.phase !== 'Succeeded' &&
        other.status?.phase !== 'Failed' &&
        hasLabels(other, wanted),
    );
    if (company.length === 0) return !hasLabels(pod, wanted);
    return !company.some((other) => other.spec.nodeName === node);
  });
}

function hasLabels({ metadata }: KubeObject, wanted: Record<string, string>): boolean {
  const entries = Object.entries(wanted);
  return entries.length > 0 && entries.every(([key, value]) => metadata.labels?.[key] === value);
}
