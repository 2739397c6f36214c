import type { ResourceName } from '../../store/object-store.js';
import { type Column, NAME_COLUMN } from './column.js';
import { ageOf } from './human-duration.js';
import { compileJsonPath } from './json-path.js';

const CREATED = '.metadata.creationTimestamp';

/** A printer column of a CRD: a value that is missing is null, a date becomes an age. */
function column(
  name: string,
  type: Column['type'],
  path: string,
  options: { wide?: boolean; description?: string } = {},
): Column {
  const read = compileJsonPath(path);
  return {
    name,
    type,
    format: '',
    description: options.description ?? `Custom resource definition column (in JSONPath format): ${path}`,
    priority: options.wide ? 1 : 0,
    cell: (object, now) => {
      const value = read(object);
      if (value === undefined || value === null) return null;
      if (type === 'date') return ageOf(value, now);
      if (type === 'string') return typeof value === 'object' ? JSON.stringify(value) : String(value);
      return typeof value === (type === 'integer' ? 'number' : type) ? value : null;
    },
  };
}

const AGE = column('Age', 'date', CREATED);
const condition = (type: string) => `.status.conditions[?(@.type=='${type}')].status`;
const source = [
  column('SourceKind', 'string', '.spec.source.kind'),
  column('SourceName', 'string', '.spec.source.name'),
];
const replicas = [
  column('Desired', 'integer', '.spec.replicas'),
  column('Current', 'integer', '.status.replicas'),
  column('Ready', 'integer', '.status.readyReplicas'),
  AGE,
];

/** The columns of the CRDs of KubeVirt v1.3 to v1.9, CDI and the CSI snapshotter, by resource. */
const COLUMNS: Record<ResourceName, Column[]> = {
  'virtualmachines.kubevirt.io': [
    AGE,
    column('Status', 'string', '.status.printableStatus'),
    column('Ready', 'string', condition('Ready')),
  ],
  'virtualmachineinstances.kubevirt.io': [
    AGE,
    column('Phase', 'string', '.status.phase'),
    column('IP', 'string', '.status.interfaces[0].ipAddress'),
    column('NodeName', 'string', '.status.nodeName'),
    column('Ready', 'string', condition('Ready')),
    column('Live-Migratable', 'string', condition('LiveMigratable'), { wide: true }),
    column('Paused', 'string', condition('Paused'), { wide: true }),
  ],
  'virtualmachineinstancereplicasets.kubevirt.io': replicas,
  'virtualmachineinstancemigrations.kubevirt.io': [
    column('Phase', 'string', '.status.phase'),
    column('VMI', 'string', '.spec.vmiName'),
  ],
  'kubevirts.kubevirt.io': [AGE, column('Phase', 'string', '.status.phase')],
  'virtualmachinepools.pool.kubevirt.io': replicas,
  'virtualmachineclones.clone.kubevirt.io': [
    column('Phase', 'string', '.status.phase'),
    column('SourceVirtualMachine', 'string', '.spec.source.name'),
    column('TargetVirtualMachine', 'string', '.spec.target.name'),
  ],
  'virtualmachineexports.export.kubevirt.io': [...source, column('Phase', 'string', '.status.phase')],
  'virtualmachinesnapshots.snapshot.kubevirt.io': [
    ...source,
    column('Phase', 'string', '.status.phase'),
    column('ReadyToUse', 'boolean', '.status.readyToUse'),
    column('CreationTime', 'date', '.status.creationTime'),
    column('Error', 'string', '.status.error.message'),
  ],
  'virtualmachinesnapshotcontents.snapshot.kubevirt.io': [
    column('ReadyToUse', 'boolean', '.status.readyToUse'),
    column('CreationTime', 'date', '.status.creationTime'),
    column('Error', 'string', '.status.error.message'),
  ],
  'virtualmachinerestores.snapshot.kubevirt.io': [
    column('TargetKind', 'string', '.spec.target.kind'),
    column('TargetName', 'string', '.spec.target.name'),
    column('Complete', 'boolean', '.status.complete'),
    column('RestoreTime', 'date', '.status.restoreTime'),
  ],
  'datavolumes.cdi.kubevirt.io': [
    column('Phase', 'string', '.status.phase'),
    column('Progress', 'string', '.status.progress'),
    column('Restarts', 'integer', '.status.restartCount'),
    AGE,
  ],
  'dataimportcrons.cdi.kubevirt.io': [column('Format', 'string', '.status.sourceFormat')],
  'volumesnapshotclasses.snapshot.storage.k8s.io': [
    column('Driver', 'string', '.driver'),
    column('DeletionPolicy', 'string', '.deletionPolicy'),
    AGE,
  ],
  'volumesnapshotcontents.snapshot.storage.k8s.io': [
    column('ReadyToUse', 'boolean', '.status.readyToUse'),
    column('RestoreSize', 'integer', '.status.restoreSize'),
    column('DeletionPolicy', 'string', '.spec.deletionPolicy'),
    column('Driver', 'string', '.spec.driver'),
    column('VolumeSnapshotClass', 'string', '.spec.volumeSnapshotClassName'),
    column('VolumeSnapshot', 'string', '.spec.volumeSnapshotRef.name'),
    column('VolumeSnapshotNamespace', 'string', '.spec.volumeSnapshotRef.namespace'),
    AGE,
  ],
  'volumesnapshots.snapshot.storage.k8s.io': [
    column('ReadyToUse', 'boolean', '.status.readyToUse'),
    column('SourcePVC', 'string', '.spec.source.persistentVolumeClaimName'),
    column('SourceSnapshotContent', 'string', '.spec.source.volumeSnapshotContentName'),
    column('RestoreSize', 'string', '.status.restoreSize'),
    column('SnapshotClass', 'string', '.spec.volumeSnapshotClassName'),
    column('SnapshotContent', 'string', '.status.boundVolumeSnapshotContentName'),
    column('CreationTime', 'date', '.status.creationTime'),
    AGE,
  ],
};

/** Name and the CRD's printer columns; a CRD without any shows the age. */
export const customColumns = (resource: ResourceName): Column[] => [
  NAME_COLUMN,
  ...(COLUMNS[resource] ?? [AGE]),
];
