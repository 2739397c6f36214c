import { canonicalBytes, parseBytes, parseMilli } from '../../../kernel/quantity.js';
import { cappedText } from '../../../kernel/text.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { ViewDefinition } from '../../../platform/cluster/cluster-cache.js';
import {
  KUBEVIRT,
  NODE,
  NODE_MAINTENANCE,
  POD,
  VIRTUAL_MACHINE,
  VIRTUAL_MACHINE_INSTANCE,
  VIRTUAL_MACHINE_INSTANCE_MIGRATION,
} from '../../../platform/cluster/kinds.js';
import type {
  Amounts,
  NodeCondition,
  Observed,
  ObservedInstance,
  ObservedKubeVirt,
  ObservedMachine,
  ObservedMaintenance,
  ObservedMigration,
  ObservedNode,
  ObservedPod,
} from '../domain/observed.js';

type Fields = Record<string, unknown>;

const record = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const records = (value: unknown): Fields[] => (Array.isArray(value) ? value.slice(0, 256).map(record) : []);
const whole = (value: unknown, otherwise: number): number =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : otherwise;

const identity = ({ metadata }: KubeObject): Observed => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: metadata.uid ?? '',
  resourceVersion: metadata.resourceVersion ?? '',
});

/** Heartbeats change nodes all the time: what is not shown must not look like a change. */
export const nodeViews: ViewDefinition<ObservedNode> = { kind: NODE, project: observeNode };

export function observeNode(object: KubeObject): ObservedNode {
  const spec = record(object.spec);
  const status = record(object.status);
  const info = record(status.nodeInfo);
  const conditions = records(status.conditions).map(
    (one): NodeCondition => ({
      type: cappedText(one.type, 128) ?? 'Unknown',
      status: cappedText(one.status, 16) ?? 'Unknown',
      reason: cappedText(one.reason, 128),
      message: cappedText(one.message, 512),
      lastTransitionTime: cappedText(one.lastTransitionTime, 40),
    }),
  );
  const ready = conditions.find(({ type }) => type === 'Ready')?.status;
  const labels = object.metadata.labels ?? {};
  return {
    ...identity(object),
    createdAt: object.metadata.creationTimestamp ?? '',
    ready: ready === 'True' || ready === 'False' ? ready : 'Unknown',
    unschedulable: spec.unschedulable === true,
    taints: records(spec.taints).map((taint) => ({
      key: cappedText(taint.key, 317) ?? '',
      value: cappedText(taint.value, 63),
      effect: cappedText(taint.effect, 32) ?? '',
    })),
    conditions,
    capacity: amounts(record(status.capacity)),
    allocatable: amounts(record(status.allocatable)),
    cpuModels: labelled(labels, 'cpu-model.node.kubevirt.io/'),
    cpuFeatures: labelled(labels, 'cpu-feature.node.kubevirt.io/'),
    kvm: (parseMilli(String(record(status.allocatable)['devices.kubevirt.io/kvm'] ?? '0')) ?? 0n) > 0n,
    roles: Object.keys(labels)
      .filter((label) => label.startsWith('node-role.kubernetes.io/'))
      .map((label) => label.slice('node-role.kubernetes.io/'.length))
      .sort(),
    labels: Object.fromEntries(
      Object.entries(labels).filter(([label]) => !label.includes('.node.kubevirt.io/')),
    ),
    system: {
      architecture: cappedText(info.architecture, 32),
      os: cappedText(info.osImage, 128),
      kernel: cappedText(info.kernelVersion, 128),
      kubelet: cappedText(info.kubeletVersion, 64),
    },
  };
}

const labelled = (labels: Record<string, string>, prefix: string): string[] =>
  Object.entries(labels)
    .filter(([label, value]) => label.startsWith(prefix) && value === 'true')
    .map(([label]) => label.slice(prefix.length))
    .sort();

function amounts(of: Fields): Amounts {
  return {
    cpuMilli: parseMilli(String(of.cpu ?? '0')) ?? 0n,
    memoryBytes: parseBytes(canonicalBytes(String(of.memory ?? '0')) ?? '0') ?? 0n,
    pods: parseBytes(String(of.pods ?? '0')) ?? 0n,
  };
}

/** All pods that lie on a node: what they ask for is what is no longer free. */
export const podViews: ViewDefinition<ObservedPod> = {
  kind: POD,
  project: observePod,
  indexes: { node: ({ node }) => [node], instance: ({ instance }) => (instance ? [instance] : []) },
};

export function observePod(object: KubeObject): ObservedPod | null {
  const spec = record(object.spec);
  const phase = record(object.status).phase;
  const node = cappedText(spec.nodeName, 253);
  if (node === null || phase === 'Succeeded' || phase === 'Failed') return null;
  const takes: Amounts = { cpuMilli: 0n, memoryBytes: 0n, pods: 1n };
  for (const container of records(spec.containers)) {
    const asked = amounts(record(record(container.resources).requests));
    takes.cpuMilli += asked.cpuMilli;
    takes.memoryBytes += asked.memoryBytes;
  }
  const labels = object.metadata.labels ?? {};
  return {
    ...identity(object),
    node,
    takes,
    instance: labels['kubevirt.io'] === 'virt-launcher' ? (labels['kubevirt.io/created-by'] ?? null) : null,
    deleting: Boolean(object.metadata.deletionTimestamp),
  };
}

export const instanceViews: ViewDefinition<ObservedInstance> = {
  kind: VIRTUAL_MACHINE_INSTANCE,
  project: observeInstance,
  indexes: { node: ({ node }) => (node ? [node] : []) },
};

/** One that has ended is on no node. */
export function observeInstance(object: KubeObject): ObservedInstance {
  const spec = record(object.spec);
  const status = record(object.status);
  const phase = cappedText(status.phase, 32) ?? 'Pending';
  const ended = phase === 'Succeeded' || phase === 'Failed';
  const migratable = records(status.conditions).find(({ type }) => type === 'LiveMigratable');
  const selector = Object.entries(record(spec.nodeSelector)).slice(0, 64);
  return {
    ...identity(object),
    node: ended ? null : cappedText(status.nodeName, 253),
    phase,
    deleting: Boolean(object.metadata.deletionTimestamp),
    migratable: migratable
      ? {
          value: migratable.status === 'True',
          reason: cappedText(migratable.message, 512) ?? cappedText(migratable.reason, 128),
        }
      : null,
    evictionStrategy: cappedText(spec.evictionStrategy, 32),
    leaving: cappedText(status.evacuationNodeName, 253),
    nodeSelector: Object.fromEntries(selector.map(([key, value]) => [key, String(value)])),
  };
}

export const machineViews: ViewDefinition<ObservedMachine> = {
  kind: VIRTUAL_MACHINE,
  project: (object) => {
    const { runStrategy, running } = record(object.spec);
    return {
      ...identity(object),
      runStrategy: cappedText(runStrategy, 32) ?? (running === true ? 'Always' : 'Halted'),
    };
  },
};

const EVACUATES = 'kubevirt.io/evacuationMigration';

export const migrationViews: ViewDefinition<ObservedMigration> = {
  kind: VIRTUAL_MACHINE_INSTANCE_MIGRATION,
  optional: true,
  project: (object) => ({
    ...identity(object),
    instance: cappedText(record(object.spec).vmiName, 253) ?? '',
    phase: cappedText(record(object.status).phase, 32) ?? 'Pending',
    createdAt: object.metadata.creationTimestamp ?? '',
    evacuates: cappedText(object.metadata.annotations?.[EVACUATES], 253),
  }),
  indexes: { instance: ({ namespace, instance }) => [`${namespace}/${instance}`] },
};

export const maintenanceViews: ViewDefinition<ObservedMaintenance> = {
  kind: NODE_MAINTENANCE,
  optional: true,
  project: (object) => {
    const spec = record(object.spec);
    const status = record(object.status);
    return {
      ...identity(object),
      node: cappedText(spec.nodeName, 253) ?? '',
      reason: cappedText(spec.reason, 512),
      phase: cappedText(status.phase, 32),
      progress: typeof status.drainProgress === 'number' ? whole(status.drainProgress, 0) : null,
      lastError: cappedText(status.lastError, 512),
      deleting: Boolean(object.metadata.deletionTimestamp),
    };
  },
  indexes: { node: ({ node }) => [node] },
};

export const kubevirtViews: ViewDefinition<ObservedKubeVirt> = {
  kind: KUBEVIRT,
  optional: true,
  project: (object) => {
    const configuration = record(record(object.spec).configuration);
    const migrations = record(configuration.migrations);
    return {
      ...identity(object),
      evictionStrategy: cappedText(configuration.evictionStrategy, 32) ?? KUBEVIRT_DEFAULTS.evictionStrategy,
      parallelMigrationsPerCluster: whole(
        migrations.parallelMigrationsPerCluster,
        KUBEVIRT_DEFAULTS.parallelMigrationsPerCluster,
      ),
      parallelOutboundMigrationsPerNode: whole(
        migrations.parallelOutboundMigrationsPerNode,
        KUBEVIRT_DEFAULTS.parallelOutboundMigrationsPerNode,
      ),
    };
  },
};

/** KubeVirt's own (pkg/virt-config). */
export const KUBEVIRT_DEFAULTS = {
  evictionStrategy: 'None',
  parallelMigrationsPerCluster: 5,
  parallelOutboundMigrationsPerNode: 2,
} as const;
