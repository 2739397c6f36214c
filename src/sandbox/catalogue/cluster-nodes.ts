import { createHash } from 'node:crypto';
import { availableParallelism, release, totalmem } from 'node:os';
import type { NewObject } from '../store/kube-object.js';
import { KUBEVIRT_VERSION } from './cluster-configuration.js';
import { cpuLabels } from './cpu-labels.js';

const GI = 2 ** 30;

export interface ClusterCapacity {
  /** Of all nodes together. */
  memoryBytes: number;
  cpus: number;
}

/**
 * What guests may use of this machine. A quarter of its memory, at least 1 and at most 4 GiB, stays with
 * the machine itself.
 */
export function machineCapacity(): ClusterCapacity {
  const total = totalmem();
  const reserved = Math.min(Math.max(total / 4, GI), 4 * GI);
  return { memoryBytes: Math.max(total - reserved, GI), cpus: availableParallelism() };
}

/** Simulated guests cost nothing: nodes of the size that one meets in a data centre. */
export function simulatedCapacity(nodes: number): ClusterCapacity {
  return { memoryBytes: nodes * 256 * GI, cpus: nodes * 64 };
}

export interface NodeFacts {
  count: number;
  capacity: ClusterCapacity;
  driver: string;
  accelerator: string;
}

/**
 * The nodes of the sandbox, each with its share of the capacity: half for the first, so that a small machine
 * still has room for a middling guest, and the rest evenly for the others.
 */
export function clusterNodes({ count, capacity, driver, accelerator }: NodeFacts, now: string): NewObject[] {
  return Array.from({ length: count }, (_, index) => {
    const others = count - 1;
    const share = others === 0 ? 1 : index === 0 ? 1 / 2 : 1 / 2 / others;
    const amounts = {
      cpu: String(Math.max(1, Math.floor(capacity.cpus * share))),
      memory: `${Math.floor((capacity.memoryBytes * share) / 2 ** 20)}Mi`,
      'ephemeral-storage': '500Gi',
      pods: '1000',
      'devices.kubevirt.io/kvm': '1k',
      'devices.kubevirt.io/tun': '1k',
      'devices.kubevirt.io/vhost-net': '1k',
    };
    const name = `node${String(index + 1).padStart(2, '0')}`;
    return {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name,
        annotations: { 'kubevirt.io/heartbeat': now },
        labels: {
          'beta.kubernetes.io/arch': 'amd64',
          'beta.kubernetes.io/os': 'linux',
          'kubernetes.io/arch': 'amd64',
          'kubernetes.io/hostname': name,
          'kubernetes.io/os': 'linux',
          'kubevirt.io/schedulable': 'true',
          'node-role.kubernetes.io/worker': '',
          'sandbox.virtgate.io/driver': driver,
          'sandbox.virtgate.io/accelerator': accelerator,
          'topology.kubernetes.io/region': 'local',
          'topology.kubernetes.io/zone': `zone-${index + 1}`,
          cpumanager: 'true',
          ...cpuLabels(),
        },
      },
      spec: { podCIDR: `10.244.${index + 1}.0/24`, podCIDRs: [`10.244.${index + 1}.0/24`] },
      status: {
        addresses: [
          { type: 'InternalIP', address: `10.0.0.${index + 1}` },
          { type: 'Hostname', address: name },
        ],
        capacity: amounts,
        allocatable: amounts,
        conditions: nodeConditions(now),
        daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
        nodeInfo: {
          architecture: 'amd64',
          bootID: name,
          containerRuntimeVersion: `sandbox://${KUBEVIRT_VERSION.slice(1)}`,
          kernelVersion: release(),
          kubeProxyVersion: 'v1.32.0',
          kubeletVersion: 'v1.32.0',
          machineID: createHash('sha256').update(name).digest('hex').slice(0, 32),
          operatingSystem: 'linux',
          osImage: 'virtgate sandbox',
          systemUUID: name,
        },
      },
    };
  });
}

/** What the kubelet of a node says that is well. */
export const NODE_CONDITIONS = [
  { type: 'MemoryPressure', status: 'False', reason: 'KubeletHasSufficientMemory' },
  { type: 'DiskPressure', status: 'False', reason: 'KubeletHasNoDiskPressure' },
  { type: 'PIDPressure', status: 'False', reason: 'KubeletHasSufficientPID' },
  { type: 'Ready', status: 'True', reason: 'KubeletReady' },
];

function nodeConditions(now: string) {
  return NODE_CONDITIONS.map((condition) => ({
    ...condition,
    message: condition.reason,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  }));
}
