import { parseCreatedBy } from '../../../kernel/created-by.js';
import { cappedText } from '../../../kernel/text.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { ViewDefinition } from '../../../platform/cluster/cluster-cache.js';
import { VIRTUAL_MACHINE_INSTANCE_MIGRATION } from '../../../platform/cluster/kinds.js';
import type { ObservedMove } from '../domain/move.js';
import { ANNOTATION } from '../domain/names.js';
import { moveCause } from '../moves.contract.js';
import { list, record } from './reading.js';

/** Only migrations that have succeeded: the others are no moves. */
export const moveViews: ViewDefinition<ObservedMove> = {
  kind: VIRTUAL_MACHINE_INSTANCE_MIGRATION,
  project: observeMove,
  indexes: { machine: ({ namespace, machine }) => [`${namespace}/${machine}`] },
  optional: true,
};

export function observeMove({ metadata, spec, status }: KubeObject): ObservedMove | null {
  const { phase, migrationState, phaseTransitionTimestamps } = record(status);
  if (phase !== 'Succeeded') return null;
  const state = record(migrationState);
  const reached = list(phaseTransitionTimestamps)
    .map(record)
    .find((one) => one.phase === phase);
  const annotations = metadata.annotations ?? {};
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    machine: cappedText(record(spec).vmiName, 253) ?? '',
    view: {
      cause: moveCause({ ...metadata.labels, ...annotations }),
      at:
        cappedText(state.endTimestamp, 40) ??
        cappedText(reached?.phaseTransitionTimestamp, 40) ??
        metadata.creationTimestamp ??
        '',
      from: cappedText(state.sourceNode, 253),
      to: cappedText(state.targetNode, 253),
      requestedBy: parseCreatedBy(annotations[ANNOTATION.createdBy]),
      migration: metadata.name,
    },
  };
}
