import { cappedText } from '../../../kernel/text.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { Keyed, ViewDefinition } from '../../../platform/cluster/cluster-cache.js';
import { KUBEVIRT, MIGRATION_POLICY, NAMESPACE, VIRTUAL_MACHINE } from '../../../platform/cluster/kinds.js';
import { LIMITS, type MigrationLimits, type ObservedLimits } from '../domain/limits.js';
import { type ObservedPolicy, readBandwidth } from '../domain/policy.js';
import { splitNamespaceSelector } from '../domain/policy-body.js';
import { fields, flag, identity, texts, whole } from './reading.js';

export interface LabelledView extends Keyed {
  labels: Readonly<Record<string, string>>;
}

export type KubeVirtView = Keyed & ObservedLimits;

export const policyViews: ViewDefinition<ObservedPolicy> = {
  kind: MIGRATION_POLICY,
  project: observePolicy,
  optional: true,
};

export const kubeVirtViews: ViewDefinition<KubeVirtView> = {
  kind: KUBEVIRT,
  project: observeKubeVirt,
  optional: true,
};

/** Of projects. */
export const namespaceViews: ViewDefinition<LabelledView> = {
  kind: NAMESPACE,
  labelSelector: 'virtgate.io/project-id',
  project: (object) => ({ ...identity(object), labels: texts(object.metadata.labels) }),
};

/** What an instance of the machine would be labelled with. */
export const templateViews: ViewDefinition<LabelledView> = {
  kind: VIRTUAL_MACHINE,
  project: (object) => {
    const template = fields(fields(object.spec).template);
    return { ...identity(object), labels: texts(fields(template.metadata).labels) };
  },
};

export function observePolicy(object: KubeObject): ObservedPolicy {
  const spec = fields(object.spec);
  const selectors = fields(spec.selectors);
  return {
    ...identity(object),
    selects: spec.selectors !== undefined && spec.selectors !== null,
    selectors: {
      ...splitNamespaceSelector(texts(selectors.namespaceSelector)),
      virtualMachines: texts(selectors.virtualMachineInstanceSelector),
    },
    allowAutoConverge: flag(spec.allowAutoConverge),
    allowPostCopy: flag(spec.allowPostCopy),
    allowWorkloadDisruption: flag(spec.allowWorkloadDisruption),
    bandwidthPerMigration: readBandwidth(spec.bandwidthPerMigration),
    completionTimeoutPerGiB: whole(spec.completionTimeoutPerGiB),
    maxDowntimeMs: whole(spec.maxDowntimeMs),
    createdAt: object.metadata.creationTimestamp ?? '',
  };
}

export function observeKubeVirt(object: KubeObject): KubeVirtView {
  const given = fields(fields(fields(object.spec).configuration).migrations);
  const set: Record<string, unknown> = {};
  for (const name of LIMITS) {
    const value =
      name === 'bandwidthPerMigration'
        ? readBandwidth(given[name])
        : (flag(given[name]) ?? whole(given[name]));
    if (value !== null) set[name] = value;
  }
  const owner = object.metadata.ownerReferences?.[0]?.kind;
  const manager = object.metadata.labels?.['app.kubernetes.io/managed-by'];
  const managed = owner ?? (manager?.includes('hco') ? 'HyperConverged' : undefined);
  return { ...identity(object), set: set as Partial<MigrationLimits>, managedBy: cappedText(managed, 63) };
}
