import { createHash } from 'node:crypto';

export const IMAGE_TARGET = 'image';

/** Where virtgate keeps what is shared; tenants read there and write nothing. */
export const IMAGES_NAMESPACE = 'vg-images';
/** The group whose members may write in it: joined for one step of an operation, and by nobody else. */
export const KEEPERS_GROUP = 'virtgate:images:keeper';

/** Leaves room for prefixes and for the project's name in front of a shared one. */
export const MAX_NAME_LENGTH = 40;

export const LABEL = {
  /** The name of the image; on everything that it is made of. */
  image: 'virtgate.io/image',
  visibility: 'virtgate.io/visibility',
  tenant: 'virtgate.io/tenant',
  project: 'virtgate.io/project',
  /** The namespace of the project that shares it. */
  home: 'virtgate.io/project-namespace',
  defaultInstanceType: 'instancetype.kubevirt.io/default-instancetype',
  defaultInstanceTypeKind: 'instancetype.kubevirt.io/default-instancetype-kind',
  defaultPreference: 'instancetype.kubevirt.io/default-preference',
  defaultPreferenceKind: 'instancetype.kubevirt.io/default-preference-kind',
  /** CDI's: a DataSource without it is not updated by the cron of that name. */
  cron: 'cdi.kubevirt.io/dataImportCron',
} as const;

export const ANNOTATION = {
  displayName: 'virtgate.io/display-name',
  requestId: 'virtgate.io/request-id',
  operationId: 'virtgate.io/operation-id',
  createdBy: 'virtgate.io/created-by',
  os: 'virtgate.io/image-os',
  source: 'virtgate.io/image-source',
  schedule: 'virtgate.io/image-schedule',
  size: 'virtgate.io/image-size',
} as const;

/** The DataVolume, and so the claim, that holds a private image. */
export const imageVolumeName = (image: string): string => `image-${image}`;

/**
 * The name of the copy that others see. A namespace is never used twice, so that a project made again under an old name
 * never meets what is left of the old one; and a dot is in no name of either. At most 63 characters: CDI writes the name
 * of a DataImportCron into labels.
 */
export function publishedName(namespace: string, image: string): string {
  const full = `${namespace.replace(/^vg-/, '')}.${image}`;
  if (full.length <= 63) return full;
  return `${full.slice(0, 52)}-${createHash('sha256').update(full).digest('hex').slice(0, 10)}`;
}
