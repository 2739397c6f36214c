import { createHash } from 'node:crypto';

export const DISK_TARGET = 'disk';

/** Where a disk is in the cluster. */
export interface DiskAddress {
  namespace: string;
  name: string;
  uid: string;
}

/** What virtgate writes on the claim of a disk; CDI copies it there from the DataVolume. */
export const ANNOTATION = {
  displayName: 'virtgate.io/display-name',
  requestId: 'virtgate.io/request-id',
  operationId: 'virtgate.io/operation-id',
  createdBy: 'virtgate.io/created-by',
  /** JSON of the source as it was asked for, without secrets. */
  source: 'virtgate.io/disk-source',
  /** What the guest is to see; a claim with a filesystem is larger by what the filesystem takes. */
  size: 'virtgate.io/disk-size',
  /** JSON of the upload that last went on. */
  upload: 'virtgate.io/disk-upload',
} as const;

/** Of the Secret and of the ConfigMap that one import reads: one each per creation, never those of an earlier one. */
export const importAccessName = (disk: string, operationId: string): string =>
  `${disk}-import-${createHash('sha256').update(operationId).digest('hex').slice(0, 8)}`;

/** CDI then binds a claim that would wait for its first user (CDI pkg/controller/common, AnnImmediateBinding). */
export const BIND_IMMEDIATELY = 'cdi.kubevirt.io/storage.bind.immediate.requested';
/** CDI before 1.62 removes a finished DataVolume otherwise. */
export const KEEP_DATA_VOLUME = 'cdi.kubevirt.io/storage.deleteAfterCompletion';

/** In whose name virtgate takes back what nobody has a right to any more. */
export const cleanUpIn = ({ name }: { name: string }) => ({
  user: 'virtgate:clean-up',
  groups: [`virtgate:project:${name}:editor`, 'system:authenticated'],
});
