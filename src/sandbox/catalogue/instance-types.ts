import type { Untyped } from '../store/kube-object.js';

/**
 * The cluster instance types of the common-instancetypes bundle v1.7.0, by series: what a series has in common,
 * and its sizes as [size, vCPUs, guest memory, huge page size].
 */
export interface InstanceTypeSeries {
  series: string;
  displayName: string;
  class: string;
  icon: string;
  /** Further labels under instancetype.kubevirt.io/. */
  labels: Record<string, string>;
  annotations?: Record<string, string>;
  cpu: Record<string, Untyped>;
  /** spec.cpu.maxSockets is the number of vCPUs. */
  socketsFixed?: true;
  ioThreadsPolicy?: string;
  overcommitPercent?: number;
  sizes: readonly (readonly [size: string, vcpus: number, memory: string, pageSize?: string])[];
}

export const INSTANCE_TYPE_SERIES: readonly InstanceTypeSeries[] = [
  {
    series: 'cx1',
    displayName: 'Compute Exclusive',
    class: 'compute.exclusive',
    icon: 'pficon-registry',
    labels: { dedicatedCPUPlacement: 'true', isolateEmulatorThread: 'true', numa: 'true' },
    cpu: { dedicatedCPUPlacement: true, isolateEmulatorThread: true, numa: { guestMappingPassthrough: {} } },
    socketsFixed: true,
    ioThreadsPolicy: 'auto',
    sizes: [
      ['medium', 1, '2Gi', '2Mi'],
      ['medium1gi', 1, '2Gi', '1Gi'],
      ['large', 2, '4Gi', '2Mi'],
      ['large1gi', 2, '4Gi', '1Gi'],
      ['xlarge', 4, '8Gi', '2Mi'],
      ['xlarge1gi', 4, '8Gi', '1Gi'],
      ['2xlarge', 8, '16Gi', '2Mi'],
      ['2xlarge1gi', 8, '16Gi', '1Gi'],
      ['4xlarge', 16, '32Gi', '2Mi'],
      ['4xlarge1gi', 16, '32Gi', '1Gi'],
      ['8xlarge', 32, '64Gi', '2Mi'],
      ['8xlarge1gi', 32, '64Gi', '1Gi'],
    ],
  },
  {
    series: 'd1',
    displayName: 'Dedicated vCPU',
    class: 'dedicated.vcpu',
    icon: 'pficon-server-group',
    labels: { dedicatedCPUPlacement: 'true', isolateEmulatorThread: 'true' },
    cpu: { dedicatedCPUPlacement: true, isolateEmulatorThread: true },
    ioThreadsPolicy: 'auto',
    sizes: [
      ['nano', 1, '512Mi'],
      ['micro', 1, '1Gi'],
      ['small', 1, '2Gi'],
      ['medium', 1, '4Gi'],
      ['large', 2, '8Gi'],
      ['2xmedium', 2, '4Gi'],
      ['xlarge', 4, '16Gi'],
      ['2xlarge', 8, '32Gi'],
      ['4xlarge', 16, '64Gi'],
      ['8xlarge', 32, '128Gi'],
    ],
  },
  {
    series: 'm1',
    displayName: 'Memory Intensive',
    class: 'memory.intensive',
    icon: 'fa-memory',
    labels: {},
    cpu: {},
    sizes: [
      ['large', 2, '16Gi', '2Mi'],
      ['large1gi', 2, '16Gi', '1Gi'],
      ['xlarge', 4, '32Gi', '2Mi'],
      ['xlarge1gi', 4, '32Gi', '1Gi'],
      ['2xlarge', 8, '64Gi', '2Mi'],
      ['2xlarge1gi', 8, '64Gi', '1Gi'],
      ['4xlarge', 16, '128Gi', '2Mi'],
      ['4xlarge1gi', 16, '128Gi', '1Gi'],
      ['8xlarge', 32, '256Gi', '2Mi'],
      ['8xlarge1gi', 32, '256Gi', '1Gi'],
    ],
  },
  {
    series: 'n1',
    displayName: 'Network',
    class: 'network',
    icon: 'pficon-network',
    labels: { dedicatedCPUPlacement: 'true', isolateEmulatorThread: 'true' },
    annotations: {
      'cpu-load-balancing.crio.io': 'disable',
      'cpu-quota.crio.io': 'disable',
      'irq-load-balancing.crio.io': 'disable',
    },
    cpu: { dedicatedCPUPlacement: true, isolateEmulatorThread: true },
    sizes: [
      ['large', 4, '8Gi', '1Gi'],
      ['medium', 4, '4Gi', '1Gi'],
      ['xlarge', 8, '16Gi', '1Gi'],
      ['2xlarge', 16, '32Gi', '1Gi'],
      ['4xlarge', 32, '64Gi', '1Gi'],
      ['8xlarge', 64, '128Gi', '1Gi'],
    ],
  },
  {
    series: 'o1',
    displayName: 'Overcommitted',
    class: 'overcommitted',
    icon: 'pficon-virtual-machine',
    labels: {},
    cpu: {},
    overcommitPercent: 50,
    sizes: [
      ['nano', 1, '512Mi'],
      ['micro', 1, '1Gi'],
      ['small', 1, '2Gi'],
      ['medium', 1, '4Gi'],
      ['large', 2, '8Gi'],
      ['xlarge', 4, '16Gi'],
      ['2xlarge', 8, '32Gi'],
      ['4xlarge', 16, '64Gi'],
      ['8xlarge', 32, '128Gi'],
    ],
  },
  {
    series: 'rt1',
    displayName: 'Realtime',
    class: 'realtime',
    icon: 'pficon-server-group',
    labels: { dedicatedCPUPlacement: 'true', isolateEmulatorThread: 'true', numa: 'true', realtime: 'true' },
    annotations: {
      'cpu-load-balancing.crio.io': 'disable',
      'cpu-quota.crio.io': 'disable',
      'irq-load-balancing.crio.io': 'disable',
    },
    cpu: {
      dedicatedCPUPlacement: true,
      isolateEmulatorThread: true,
      numa: { guestMappingPassthrough: {} },
      realtime: {},
    },
    sizes: [
      ['micro', 1, '1Gi', '1Gi'],
      ['small', 1, '2Gi', '1Gi'],
      ['medium', 1, '4Gi', '1Gi'],
      ['large', 2, '8Gi', '1Gi'],
      ['xlarge', 4, '16Gi', '1Gi'],
      ['2xlarge', 8, '32Gi', '1Gi'],
      ['4xlarge', 16, '64Gi', '1Gi'],
      ['8xlarge', 32, '128Gi', '1Gi'],
    ],
  },
  {
    series: 'u1',
    displayName: 'General Purpose',
    class: 'general.purpose',
    icon: 'pficon-server-group',
    labels: {},
    cpu: {},
    sizes: [
      ['nano', 1, '512Mi'],
      ['micro', 1, '1Gi'],
      ['small', 1, '2Gi'],
      ['medium', 1, '4Gi'],
      ['large', 2, '8Gi'],
      ['2xmedium', 2, '4Gi'],
      ['xlarge', 4, '16Gi'],
      ['2xlarge', 8, '32Gi'],
      ['4xlarge', 16, '64Gi'],
      ['8xlarge', 32, '128Gi'],
    ],
  },
];
