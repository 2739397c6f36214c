import type { KubeObject } from '../store/kube-object.js';

export interface Taint {
  key: string;
  value?: string;
  effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  timeAdded?: string;
}

interface Toleration {
  key?: string;
  operator?: 'Exists' | 'Equal';
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}

export const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';
export const UNREACHABLE = 'node.kubernetes.io/unreachable';
export const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

export function taintsOf(node: KubeObject | undefined): Taint[] {
  return node?.spec?.taints ?? [];
}

/** @see Kubernetes' core/v1 `Toleration.ToleratesTaint`: an absent key or effect means every one. */
function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '');
}

/** The first taint that keeps a new pod off the node. */
export function untolerated(pod: KubeObject, node: KubeObject): Taint | undefined {
  return taintsOf(node).find(
    (taint) =>
      taint.effect !== 'PreferNoSchedule' && taint.key !== UNSCHEDULABLE && !tolerationOf(pod, taint).held,
  );
}

/** Whether a pod bears a taint, and for how many milliseconds if not for good. */
export function tolerationOf(pod: KubeObject, taint: Taint): { held: boolean; forMs?: number } {
  const held = ((pod.spec.tolerations ?? []) as Toleration[]).filter((one) => tolerates(one, taint));
  const seconds = held.flatMap((one) => one.tolerationSeconds ?? []);
  if (held.length === 0) return { held: false };
  return seconds.length > 0 ? { held: true, forMs: Math.min(...seconds) * 1000 } : { held: true };
}

/** The taints with these set or taken away; the time of one that is there already stays. */
export function withTaints(
  present: readonly Taint[],
  wanted: readonly Taint[],
  managed: readonly string[],
): Taint[] {
  const kept = present.filter(({ key }) => !managed.includes(key));
  return [
    ...kept,
    ...wanted.map(
      (taint) => present.find(({ key, effect }) => key === taint.key && effect === taint.effect) ?? taint,
    ),
  ];
}
