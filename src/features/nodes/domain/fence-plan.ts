import { createHash } from 'node:crypto';
import type { ObservedInstance, ObservedMachine, ObservedNode } from './observed.js';

export interface FencedMachine {
  project: string | null;
  namespace: string;
  name: string;
  /** It starts on another node; else it stays off. */
  restarts: boolean;
}

/** What fencing a node costs, and what to repeat in order to have it done. */
export interface FencePlan {
  node: string;
  /** What is in their memory is lost; so is what they had not written to their disks. */
  machines: FencedMachine[];
  warning: string;
  /** Good for exactly this list. */
  confirmation: string;
}

const WARNING =
  'Be sure that the node is switched off or cut off from its storage. If its guests still run, their disks are written to from two sides and are lost.';

export function fencePlan(
  node: ObservedNode,
  instances: readonly ObservedInstance[],
  known: {
    machine(instance: ObservedInstance): ObservedMachine | undefined;
    projectOf(namespace: string): string | null;
  },
): FencePlan {
  const machines = instances.map((instance) => ({
    project: known.projectOf(instance.namespace),
    namespace: instance.namespace,
    name: instance.name,
    restarts: startsAgain(known.machine(instance)),
  }));
  const digest = createHash('sha256').update(
    [node.uid, ...instances.map(({ uid }) => uid).sort()].join('\n'),
  );
  return {
    node: node.name,
    machines,
    warning: WARNING,
    confirmation: digest.digest('hex').slice(0, 16),
  };
}

/** What has failed is started again by these run strategies, and by no others. */
export const startsAgain = (machine: ObservedMachine | undefined): boolean =>
  machine?.runStrategy === 'Always' || machine?.runStrategy === 'RerunOnFailure';
