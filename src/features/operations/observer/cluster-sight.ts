/** Whether what is seen of the cluster is whole: a decision on half of it would be wrong. */
export abstract class ClusterSight {
  abstract get clear(): boolean;
  /** Calls back each time, or at least the first time, that sight becomes clear. */
  abstract whenClear(listener: () => void): void;
}
