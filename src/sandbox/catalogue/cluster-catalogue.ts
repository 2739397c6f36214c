import type { NewObject, Untyped } from '../store/kube-object.js';
import { INSTANCE_TYPE_SERIES, type InstanceTypeSeries } from './instance-types.js';
import { PREFERENCE_PARTS, PREFERENCES, type PreferenceFacts } from './preferences.js';

const API_VERSION = 'instancetype.kubevirt.io/v1beta1';
const PREFIX = 'instancetype.kubevirt.io/';
const BUNDLE = { vendor: 'kubevirt.io', 'common-instancetypes-version': 'v1.7.0' };

/** All VirtualMachineClusterInstancetypes of the bundle that KubeVirt 1.9 deploys. */
export function clusterInstanceTypes(): NewObject[] {
  return INSTANCE_TYPE_SERIES.flatMap((series) => series.sizes.map((size) => instanceType(series, size)));
}

/** All VirtualMachineClusterPreferences of the bundle that KubeVirt 1.9 deploys. */
export function clusterPreferences(): NewObject[] {
  return PREFERENCES.map(preference);
}

function instanceType(
  series: InstanceTypeSeries,
  [size, vcpus, memory, pageSize]: InstanceTypeSeries['sizes'][number],
): NewObject {
  return {
    apiVersion: API_VERSION,
    kind: 'VirtualMachineClusterInstancetype',
    metadata: {
      name: `${series.series}.${size}`,
      annotations: { [`${PREFIX}displayName`]: series.displayName },
      labels: prefixed({
        ...series.labels,
        ...BUNDLE,
        class: series.class,
        'icon-pf': series.icon,
        cpu: String(vcpus),
        memory,
        size,
        version: '1',
        ...(pageSize ? { hugepages: pageSize } : {}),
      }),
    },
    spec: {
      ...(series.annotations ? { annotations: series.annotations } : {}),
      cpu: { guest: vcpus, ...series.cpu, ...(series.socketsFixed ? { maxSockets: vcpus } : {}) },
      ...(series.ioThreadsPolicy ? { ioThreadsPolicy: series.ioThreadsPolicy } : {}),
      memory: {
        guest: memory,
        ...(pageSize ? { hugepages: { pageSize } } : {}),
        ...(series.overcommitPercent ? { overcommitPercent: series.overcommitPercent } : {}),
      },
    },
  };
}

function preference(facts: PreferenceFacts): NewObject {
  const spec: Record<string, Untyped> = {};
  for (const part of [...facts.parts.map((name) => PREFERENCE_PARTS[name]), facts.rest ?? {}]) {
    for (const [key, value] of Object.entries(part as Record<string, Untyped>)) {
      spec[key] = typeof value === 'object' ? { ...spec[key], ...value } : value;
    }
  }
  const labels: Record<string, string> = { ...BUNDLE, 'os-type': spec.annotations['vm.kubevirt.io/os'] };
  if (facts.needs) {
    const [vcpus, memory, architecture] = facts.needs;
    spec.requirements = {
      cpu: { guest: vcpus },
      memory: { guest: memory },
      ...(architecture ? { architecture } : {}),
    };
    labels['required-cpu'] = String(vcpus);
    labels['required-memory'] = memory;
    if (architecture) labels['required-architecture'] = architecture;
  }
  if (spec.preferredArchitecture) {
    labels.arch = spec.preferredArchitecture;
    labels['preferred-architecture'] = spec.preferredArchitecture;
  }
  return {
    apiVersion: API_VERSION,
    kind: 'VirtualMachineClusterPreference',
    metadata: {
      name: facts.name,
      annotations: {
        'openshift.io/display-name': facts.title,
        'openshift.io/provider-display-name': 'KubeVirt',
        iconClass: facts.icon,
        tags: facts.tags,
      },
      labels: prefixed(labels),
    },
    spec,
  };
}

function prefixed(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [PREFIX + key, value]));
}
