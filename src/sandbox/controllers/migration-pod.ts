import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import { launcherPod } from './launcher-pod.js';
import { MIGRATION_JOB_LABEL, MIGRATION_JOB_NAME } from './migration-state.js';
import { stableSuffix } from './stable-names.js';

/** Found again after a crash, and another one for each migration. */
export function targetPodName(vmi: KubeObject, migration: KubeObject): string {
  return `virt-launcher-${vmi.metadata.name}-${stableSuffix(`${vmi.metadata.uid}/${migration.metadata.uid}`)}`;
}

/** The pod that a guest moves to: like its first one, but never on a node where it has a pod already. */
export function targetPod(vmi: KubeObject, migration: KubeObject): NewObject {
  const pod = launcherPod(vmi);
  const { spec } = pod;
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      name: targetPodName(vmi, migration),
      labels: { ...withoutNode(pod.metadata.labels), [MIGRATION_JOB_LABEL]: migration.metadata.uid },
      annotations: { ...pod.metadata.annotations, [MIGRATION_JOB_NAME]: migration.metadata.name },
    },
    spec: {
      ...spec,
      // What the machine itself asks for wins over what the migration adds.
      nodeSelector: { ...migration.spec.addedNodeSelector, ...spec.nodeSelector },
      affinity: { ...spec.affinity, podAntiAffinity: apartFrom(vmi, spec.affinity?.podAntiAffinity) },
    },
  };
}

function apartFrom(vmi: KubeObject, given: Untyped): Untyped {
  return {
    ...given,
    requiredDuringSchedulingIgnoredDuringExecution: [
      ...(given?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      {
        labelSelector: { matchLabels: { 'kubevirt.io/created-by': vmi.metadata.uid } },
        topologyKey: 'kubernetes.io/hostname',
      },
    ],
  };
}

/** The node's name comes with the node. */
function withoutNode(labels: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).filter(
      ([key]) => key !== 'kubevirt.io/nodeName' && key !== 'kubevirt.io/migrationTargetNodeName',
    ),
  );
}
