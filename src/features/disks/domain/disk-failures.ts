import { defineFailure } from '../../../kernel/failure.js';

export const diskNotFound = defineFailure('disk.not_found', 'not_found', 'There is no such disk');
export const diskExists = defineFailure(
  'disk.exists',
  'conflict',
  'The name is taken',
  'Choose another name, or delete the disk that has it.',
);
export const diskInUse = defineFailure(
  'disk.in_use',
  'conflict',
  'A virtual machine uses the disk',
  'Detach it first: DELETE .../vms/{vm}/disks/{disk}.',
);
export const diskNotReady = defineFailure(
  'disk.not_ready',
  'conflict',
  'The disk is not ready',
  'Wait until its state is Ready.',
);
export const diskBeingDeleted = defineFailure('disk.being_deleted', 'conflict', 'The disk is being deleted');
export const diskCannotShrink = defineFailure(
  'disk.cannot_shrink',
  'unprocessable',
  'A disk only grows',
  'Create a smaller disk and copy what you need.',
);
export const diskNotExpandable = defineFailure(
  'disk.not_expandable',
  'unprocessable',
  'The storage class does not let disks grow',
  'Create a larger disk from this one: POST .../disks with source {"disk": ...}.',
);
export const diskTooSmall = defineFailure(
  'disk.too_small',
  'unprocessable',
  'The disk is smaller than its source',
  'Ask for at least the size of the source.',
);
export const diskSourceUnsupported = defineFailure(
  'disk.source_unsupported',
  'unprocessable',
  'Disks cannot be made from this source here',
);
export const diskSourceNotFound = defineFailure(
  'disk.source_not_found',
  'unprocessable',
  'The source of the disk does not exist',
);
export const diskModeUnsupported = defineFailure(
  'disk.mode_unsupported',
  'unprocessable',
  'The storage class does not offer this mode',
  'GET /storage-classes says which access modes each offers.',
);
export const diskVanished = defineFailure(
  'disk.vanished',
  'conflict',
  'The disk was deleted by someone else in the meantime',
);
export const diskCreateFailed = defineFailure(
  'disk.create_failed',
  'unprocessable',
  'The disk could not be created',
);
export const diskExpandTimeout = defineFailure(
  'disk.expand_timeout',
  'timeout',
  'The storage has not made the disk larger yet',
  'The cluster goes on trying. The events of the project say what holds it.',
);
export const diskDeleteTimeout = defineFailure(
  'disk.delete_timeout',
  'timeout',
  'The disk is not gone yet',
  'The cluster goes on deleting it; a machine or a pod may still hold it.',
);
export const uploadNotExpected = defineFailure(
  'upload.not_expected',
  'conflict',
  'The disk takes no upload',
  'Create a disk with source {"upload": {}} and send its content once.',
);
export const uploadNotResumable = defineFailure(
  'upload.not_resumable',
  'unprocessable',
  'An upload cannot be continued',
  'Send the whole content again from its first byte.',
);
export const uploadRangeInvalid = defineFailure(
  'upload.range_invalid',
  'invalid',
  'The Content-Range cannot be understood',
  'Send "Content-Range: bytes <first>-<last>/<total>" with a part, or "bytes */<total>" to ask how much is there.',
);
export const uploadOffsetMismatch = defineFailure(
  'upload.offset_mismatch',
  'conflict',
  'The part does not follow what is there',
  'Go on at details.expected. "Content-Range: bytes */<total>" without a body asks how much is there.',
);
export const uploadPartInProgress = defineFailure(
  'upload.part_in_progress',
  'conflict',
  'Another part of the same content is on its way',
  'Send one part at a time. "Content-Range: bytes */<total>" without a body asks how much is there.',
);
export const uploadStagingFull = defineFailure(
  'upload.staging_full',
  'unavailable',
  'There is no room to keep the parts of an upload',
  'Try again later, or send the content in one request without Content-Range: that needs no room.',
);
export const uploadExpired = defineFailure(
  'upload.expired',
  'timeout',
  'The rest of the content never came',
  'What had come is gone. Send the content again from its first byte.',
);
export const uploadDigestInvalid = defineFailure(
  'upload.digest_invalid',
  'invalid',
  'The checksum cannot be read',
  'Send "Content-Digest: sha-256=:<base64>:" or ?sha256=<hex>.',
);
export const uploadChecksumMismatch = defineFailure(
  'upload.checksum_mismatch',
  'unprocessable',
  'What arrived is not what was announced',
  'The checksum differs: send the content again.',
);
export const uploadInterrupted = defineFailure(
  'upload.interrupted',
  'unprocessable',
  'The upload broke off',
  'Nothing was kept of it. Send the content again from its first byte.',
);
export const uploadCancelled = defineFailure(
  'upload.cancelled',
  'conflict',
  'The upload was cancelled',
  'Nothing was kept of it. Send the content again from its first byte.',
);
export const uploadUnavailable = defineFailure(
  'upload.unavailable',
  'unavailable',
  'The cluster takes no uploads at the moment',
  'Try again in a few seconds; CDI has to offer its upload proxy.',
);
export const uploadRefused = defineFailure('upload.refused', 'unprocessable', 'The content was refused');
