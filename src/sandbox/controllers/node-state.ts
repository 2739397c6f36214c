import type { KubeObject } from '../store/kube-object.js';
import { STOPPED_AT } from '../store/node-faults.js';
import { isConditionTrue } from './conditions.js';
import { NODES, type World } from './reconciliation.js';

/** Nothing on this node can be asked or told: its guests go on unseen. */
export function isStopped(node: KubeObject | undefined): boolean {
  return node?.metadata.annotations?.[STOPPED_AT] !== undefined;
}

export function isReady(node: KubeObject | undefined): boolean {
  return isConditionTrue(node, 'Ready');
}

/** Whether nobody hears what is asked of the node that a pod lies on. */
export function isOutOfReach(pod: KubeObject, world: Pick<World, 'get'>): boolean {
  return isStopped(world.get(NODES, undefined, pod.spec.nodeName ?? ''));
}

export function podsOn(node: KubeObject, world: Pick<World, 'list'>): KubeObject[] {
  return world.list('pods').filter((pod) => pod.spec.nodeName === node.metadata.name);
}
