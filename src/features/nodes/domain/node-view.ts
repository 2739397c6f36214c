import { formatBytes } from '../../../kernel/quantity.js';
import type { Amounts, NodeCondition, NodeTaint, ObservedMaintenance, ObservedNode } from './observed.js';

export const NODE_STATES = ['Ready', 'NotReady', 'Lost'] as const;
export type NodeState = (typeof NODE_STATES)[number];

export interface AmountsView {
  cpu: string;
  memory: string;
  pods: number;
}

/** A node as platform admins see it. */
export interface NodeView {
  id: string;
  name: string;
  /** `Lost`: the cluster hears nothing of it, and does not know what its machines do. */
  state: NodeState;
  schedulable: boolean;
  roles: string[];
  capacity: AmountsView;
  allocatable: AmountsView;
  /** What the pods on it have asked for. */
  allocated: AmountsView;
  free: AmountsView;
  cpuModels: string[];
  cpuFeatures: string[];
  hardwareVirtualization: boolean;
  conditions: NodeCondition[];
  taints: NodeTaint[];
  maintenance: MaintenanceView | null;
  /** How many run on it. */
  virtualMachines: number;
  architecture: string | null;
  os: string | null;
  kernel: string | null;
  kubelet: string | null;
  createdAt: string;
}

export interface MaintenanceView {
  name: string;
  reason: string | null;
  phase: string | null;
  /** 0 to 100. */
  progress: number | null;
  lastError: string | null;
}

export const NOTHING: Amounts = { cpuMilli: 0n, memoryBytes: 0n, pods: 0n };

export const plus = (a: Amounts, b: Amounts): Amounts => ({
  cpuMilli: a.cpuMilli + b.cpuMilli,
  memoryBytes: a.memoryBytes + b.memoryBytes,
  pods: a.pods + b.pods,
});

/** What is left; never below nothing, for a node may be overcommitted. */
export const left = (of: Amounts, taken: Amounts): Amounts => ({
  cpuMilli: rest(of.cpuMilli, taken.cpuMilli),
  memoryBytes: rest(of.memoryBytes, taken.memoryBytes),
  pods: rest(of.pods, taken.pods),
});

const rest = (of: bigint, taken: bigint): bigint => (of > taken ? of - taken : 0n);

export function nodeView(
  node: ObservedNode,
  found: { allocated: Amounts; maintenance: ObservedMaintenance | undefined; machines: number },
): NodeView {
  const { maintenance } = found;
  return {
    id: node.uid,
    name: node.name,
    state: stateOf(node),
    schedulable: !node.unschedulable,
    roles: node.roles,
    capacity: amountsView(node.capacity),
    allocatable: amountsView(node.allocatable),
    allocated: amountsView(found.allocated),
    free: amountsView(left(node.allocatable, found.allocated)),
    cpuModels: node.cpuModels,
    cpuFeatures: node.cpuFeatures,
    hardwareVirtualization: node.kvm,
    conditions: node.conditions,
    taints: node.taints,
    maintenance: maintenance
      ? {
          name: maintenance.name,
          reason: maintenance.reason,
          phase: maintenance.phase,
          progress: maintenance.progress,
          lastError: maintenance.lastError,
        }
      : null,
    virtualMachines: found.machines,
    architecture: node.system.architecture,
    os: node.system.os,
    kernel: node.system.kernel,
    kubelet: node.system.kubelet,
    createdAt: node.createdAt,
  };
}

export function stateOf({ ready }: Pick<ObservedNode, 'ready'>): NodeState {
  if (ready === 'True') return 'Ready';
  return ready === 'Unknown' ? 'Lost' : 'NotReady';
}

function amountsView({ cpuMilli, memoryBytes, pods }: Amounts): AmountsView {
  const cpu = cpuMilli % 1000n === 0n ? String(cpuMilli / 1000n) : `${cpuMilli}m`;
  return { cpu, memory: formatBytes(memoryBytes), pods: Number(pods) };
}
