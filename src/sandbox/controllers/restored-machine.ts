import jsonPatch, { type Operation } from 'fast-json-patch';
import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import { editable } from './reconciliation.js';

export const LAST_RESTORE = 'restore.kubevirt.io/lastRestoreUID';

/** One volume on its way back. */
export interface VolumeRestore {
  volumeName: string;
  persistentVolumeClaim: string;
  volumeSnapshotName: string;
  dataVolumeName?: string;
}

/** The patches of a restore do not fit what was snapshotted. */
export class UnfitPatch extends Error {}

/**
 * The machine as the snapshot has it, on the restored claims: the present one changed, or a new one that
 * is stopped. Throws UnfitPatch.
 * @see KubeVirt pkg/storage/snapshot/restore.go, reconcileSpec.
 */
export function restoredMachine(
  restore: KubeObject,
  content: KubeObject,
  present: KubeObject | undefined,
  restores: readonly VolumeRestore[],
): NewObject {
  const source = content.spec.source.virtualMachine;
  const spec = onRestoredClaims(structuredClone(source.spec), restores);
  const mark = { [LAST_RESTORE]: restoreMark(restore) };
  let machine: NewObject;
  if (present) {
    machine = editable(present);
    const { running, runStrategy } = present.spec;
    delete spec.running;
    delete spec.runStrategy;
    machine.spec = {
      ...spec,
      ...(running !== undefined ? { running } : {}),
      ...(runStrategy ? { runStrategy } : {}),
    };
    machine.metadata = { ...machine.metadata, annotations: { ...machine.metadata.annotations, ...mark } };
  } else {
    delete spec.running;
    machine = {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: {
        name: restore.spec.target.name,
        namespace: restore.metadata.namespace,
        labels: structuredClone(source.metadata.labels ?? {}),
        annotations: { ...structuredClone(source.metadata.annotations ?? {}), ...mark },
      },
      spec: { ...spec, runStrategy: 'Halted' },
    };
  }
  return patched(machine, restore.spec.patches ?? []);
}

export const restoreMark = (restore: KubeObject): string =>
  `${restore.metadata.name}-${restore.metadata.uid}`;

/** Volumes and templates that name the snapshotted claims get the names of the restored ones. */
function onRestoredClaims(spec: Untyped, restores: readonly VolumeRestore[]): Untyped {
  const templates: Untyped[] = spec.dataVolumeTemplates ?? [];
  for (const volume of spec.template.spec.volumes ?? []) {
    const restored = restores.find((one) => one.volumeName === volume.name);
    if (!restored) continue;
    const claimName = restored.persistentVolumeClaim;
    const template = templates.find((one) => one.metadata.name === volume.dataVolume?.name);
    if (template) {
      template.metadata.name = claimName;
      template.metadata.annotations = {
        ...template.metadata.annotations,
        'cdi.kubevirt.io/storage.prePopulated': claimName,
      };
      volume.dataVolume.name = claimName;
    } else if (volume.persistentVolumeClaim) {
      volume.persistentVolumeClaim.claimName = claimName;
    } else {
      delete volume.dataVolume;
      volume.persistentVolumeClaim = { claimName };
    }
  }
  return spec;
}

function patched(machine: NewObject, patches: readonly string[]): NewObject {
  if (patches.length === 0) return machine;
  try {
    const operations = patches.map((patch) => JSON.parse(patch) as Operation);
    return jsonPatch.applyPatch(machine, operations, true, true, true).newDocument;
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new UnfitPatch(`failed to apply patches to the restored VM: ${why}`);
  }
}
