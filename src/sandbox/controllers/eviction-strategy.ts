import type { KubeObject } from '../store/kube-object.js';
import { isConditionTrue } from './conditions.js';
import type { World } from './reconciliation.js';

export type EvictionStrategy = 'None' | 'LiveMigrate' | 'LiveMigrateIfPossible' | 'External';

/** What is to become of an instance whose pod is evicted: its own word, or the cluster's. */
export function evictionStrategyOf(vmi: KubeObject, { list }: Pick<World, 'list'>): EvictionStrategy {
  const configured = list('kubevirts.kubevirt.io')[0]?.spec?.configuration?.evictionStrategy;
  return vmi.spec.evictionStrategy ?? configured ?? 'None';
}

/** Whether an eviction moves the instance instead of ending it; `External`: somebody else is to move it. */
export function movesWhenEvicted(vmi: KubeObject, world: Pick<World, 'list'>): boolean {
  const strategy = evictionStrategyOf(vmi, world);
  if (strategy === 'LiveMigrateIfPossible') return isConditionTrue(vmi, 'LiveMigratable');
  return strategy !== 'None';
}
