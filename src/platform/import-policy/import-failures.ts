import { defineFailure } from '../../kernel/failure.js';

export const importUrlInvalid = defineFailure(
  'import.url_invalid',
  'unprocessable',
  'The address of the image cannot be used',
  'Give an http or https address without user name and password, the host written plainly.',
);
export const importUrlForbidden = defineFailure(
  'import.url_forbidden',
  'unprocessable',
  'Images may not be imported from this host',
  'Images come from public hosts. For a host inside the network, the operator names it in IMPORT_ALLOWED_HOSTS.',
);
export const importSourceUnavailable = defineFailure(
  'import.source_unavailable',
  'unprocessable',
  'The source of the image does not deliver it',
  'Check the address: the source must answer a plain GET with the image.',
);
export const importSourceTimeout = defineFailure(
  'import.source_timeout',
  'unprocessable',
  'The source of the image took too long to answer',
);
export const importNotAnImage = defineFailure(
  'import.not_an_image',
  'unprocessable',
  'The address leads to a page, not to a disk image',
  'Give a raw or qcow2 disk image, plain or compressed with gz or xz.',
);
/** Codes of CDI's importer that are known only after it has begun. */
export const importTooLarge = defineFailure(
  'import.too_large',
  'unprocessable',
  'The image is larger than the disk',
  'Ask for a larger bootDisk.size.',
);
export const importCorrupt = defineFailure(
  'import.corrupt',
  'unprocessable',
  'The image is damaged',
  'Check that the file is whole, and give it again.',
);
export const importNoSpace = defineFailure(
  'import.no_space',
  'unprocessable',
  'The storage has no room left',
  'Try another storage class, or tell the operators.',
);
export const importStalled = defineFailure(
  'import.stalled',
  'unprocessable',
  'The import made no progress',
  'Check that the source answers, and how fast.',
);
export const importFailed = defineFailure('import.failed', 'unprocessable', 'The import failed');
export const importRegistryInvalid = defineFailure(
  'import.registry_invalid',
  'unprocessable',
  'The address of the container disk cannot be used',
  'Give docker://host[:port]/repository[:tag|@sha256:digest], without user name and password.',
);
export const importSourceGone = defineFailure(
  'import.source_gone',
  'conflict',
  'What was to be copied was deleted in the meantime',
  'Begin again from another image or disk.',
);
