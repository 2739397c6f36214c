import type { Finding } from './cause.js';
import type { Situation } from './observed.js';
import { instanceRef, ref, says } from './reading.js';

/** Where it runs. */

export function nodeLost(situation: Situation): Finding | undefined {
  const { node } = situation;
  if (!node || node.ready?.status === 'True') return undefined;
  return {
    code: 'node.lost',
    detail: `${node.name} is not ready. ${says('The cluster', node.ready?.message ?? '')}`.trim(),
    since: node.ready?.since ?? null,
    objects: [ref('Node', node), instanceRef(situation)],
  };
}

export function nodePressure(situation: Situation): Finding | undefined {
  const { node } = situation;
  const [first] = node?.pressure ?? [];
  if (!node || !first) return undefined;
  return {
    code: 'node.pressure',
    detail:
      `${node.name} has ${node.pressure.map(({ type }) => type).join(', ')}. ${says('The node', first.message)}`.trim(),
    since: first.since,
    objects: [ref('Node', node), instanceRef(situation)],
  };
}

export function nodeClosed(situation: Situation): Finding | undefined {
  const { node, instance } = situation;
  if (!node || node.schedulable || instance?.evacuates) return undefined;
  return {
    code: 'node.closed',
    detail: `${node.name} is closed for maintenance.`,
    objects: [ref('Node', node), instanceRef(situation)],
  };
}
