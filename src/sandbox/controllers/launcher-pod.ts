import { KUBEVIRT_VERSION } from '../catalogue/cluster-configuration.js';
import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import { STATE_VOLUME, stateClaimName } from './backend-storage.js';
import { containerProbe } from './guest-probes.js';
import { launcherRequests } from './memory-overhead.js';
import { controlledBy } from './ownership.js';
import { multusAnnotations } from './secondary-networks.js';
import { stableSuffix } from './stable-names.js';
import { bootVolumes, claimNames } from './vm-data-volumes.js';
import { ARCHITECTURE, DEFAULT_GRACE_SECONDS } from './vmi-defaults.js';
export const LAUNCHER_IMAGE = `quay.io/kubevirt/virt-launcher:${KUBEVIRT_VERSION}`;

/** The name of an instance's first pod: like a generated one, but found again after a crash. */
export function launcherPodName(vmi: KubeObject): string {
  return `virt-launcher-${vmi.metadata.name}-${stableSuffix(vmi.metadata.uid)}`;
}

/** The pod that holds the guest, as virt-controller renders it. */
export function launcherPod(vmi: KubeObject): NewObject {
  const { name, namespace, uid } = vmi.metadata;
  const { requests, limits } = launcherRequests(vmi.spec);
  const claims = claimNames(bootVolumes(vmi.spec.volumes));
  const stateClaim = stateClaimName(vmi);
  const grace = vmi.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: launcherPodName(vmi),
      namespace,
      generateName: `virt-launcher-${name}-`,
      labels: {
        ...vmi.metadata.labels,
        'kubevirt.io': 'virt-launcher',
        'kubevirt.io/created-by': uid,
        'vm.kubevirt.io/name': name,
      },
      annotations: {
        ...vmi.metadata.annotations,
        'descheduler.alpha.kubernetes.io/request-evict-only': '',
        'kubectl.kubernetes.io/default-container': 'compute',
        'kubevirt.io/domain': name,
        'kubevirt.io/migrationTransportUnix': 'true',
        ...multusAnnotations(vmi),
      },
      ownerReferences: [controlledBy(vmi)],
    },
    spec: {
      automountServiceAccountToken: false,
      containers: [
        computeContainer(vmi, { requests, limits }, [...claims.keys()], grace),
        ...(vmi.spec.domain.devices.autoattachSerialConsole === false ? [] : [consoleLogContainer()]),
      ],
      dnsPolicy: 'ClusterFirst',
      enableServiceLinks: false,
      hostname: vmi.spec.hostname ?? name,
      nodeSelector: {
        'kubernetes.io/arch': vmi.spec.architecture ?? ARCHITECTURE,
        'kubevirt.io/schedulable': 'true',
        ...(vmi.spec.domain.cpu?.dedicatedCPUPlacement ? { cpumanager: 'true' } : {}),
        ...vmi.spec.nodeSelector,
      },
      ...(vmi.spec.affinity ? { affinity: vmi.spec.affinity } : {}),
      preemptionPolicy: 'PreemptLowerPriority',
      priority: 0,
      tolerations: [
        ...(vmi.spec.tolerations ?? []),
        ...['not-ready', 'unreachable'].map((state) => ({
          effect: 'NoExecute',
          key: `node.kubernetes.io/${state}`,
          operator: 'Exists',
          tolerationSeconds: 300,
        })),
      ],
      readinessGates: [{ conditionType: 'kubevirt.io/virtual-machine-unpaused' }],
      restartPolicy: 'Never',
      schedulerName: vmi.spec.schedulerName ?? 'default-scheduler',
      securityContext: { fsGroup: 107, runAsGroup: 107, runAsNonRoot: true, runAsUser: 107 },
      serviceAccount: 'default',
      serviceAccountName: 'default',
      terminationGracePeriodSeconds: grace + 30,
      volumes: [
        { name: 'private', emptyDir: {} },
        { name: 'public', emptyDir: {} },
        { name: 'sockets', emptyDir: {} },
        ...[...claims].map(([volume, claimName]) => ({
          name: volume,
          persistentVolumeClaim: { claimName },
        })),
        ...(stateClaim ? [{ name: STATE_VOLUME, persistentVolumeClaim: { claimName: stateClaim } }] : []),
      ],
    },
    status: { phase: 'Pending', qosClass: 'Burstable' },
  };
}

function computeContainer(vmi: KubeObject, resources: Untyped, volumes: string[], grace: number): Untyped {
  const { name, namespace, uid } = vmi.metadata;
  return {
    name: 'compute',
    image: LAUNCHER_IMAGE,
    imagePullPolicy: 'IfNotPresent',
    command: [
      '/usr/bin/virt-launcher-monitor',
      '--name',
      name,
      '--uid',
      uid,
      '--namespace',
      namespace ?? '',
      '--grace-period-seconds',
      String(grace + 15),
      '--run-as-nonroot',
    ],
    resources,
    ...containerProbes(vmi),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
      privileged: false,
      runAsGroup: 107,
      runAsNonRoot: true,
      runAsUser: 107,
    },
    volumeDevices: volumes.map((volume) => ({ devicePath: `/dev/${volume}`, name: volume })),
    volumeMounts: [
      { mountPath: '/var/run/kubevirt-private', name: 'private' },
      { mountPath: '/var/run/kubevirt', name: 'public' },
      { mountPath: '/var/run/kubevirt/sockets', name: 'sockets' },
    ],
  };
}

function containerProbes(vmi: KubeObject): Untyped {
  const [readinessProbe, livenessProbe] = [containerProbe(vmi, 'readiness'), containerProbe(vmi, 'liveness')];
  return { ...(readinessProbe && { readinessProbe }), ...(livenessProbe && { livenessProbe }) };
}

function consoleLogContainer(): Untyped {
  return {
    name: 'guest-console-log',
    image: LAUNCHER_IMAGE,
    imagePullPolicy: 'IfNotPresent',
    command: ['/usr/bin/virt-tail'],
    resources: { limits: { cpu: '15m', memory: '60M' }, requests: { cpu: '5m', memory: '35M' } },
    volumeMounts: [{ mountPath: '/var/run/kubevirt-private', name: 'private', readOnly: true }],
  };
}
