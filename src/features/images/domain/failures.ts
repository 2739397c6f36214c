import { defineFailure } from '../../../kernel/failure.js';

export const imageNotFound = defineFailure('image.not_found', 'not_found', 'There is no such image');
export const imageUnknown = defineFailure(
  'image.unknown',
  'unprocessable',
  'There is no such image that the project may use',
  'GET .../projects/{project}/images lists its own, GET .../images those that are shared.',
);
export const imageAmbiguous = defineFailure(
  'image.ambiguous',
  'unprocessable',
  'Several projects share an image of this name',
  'Say which one: project/name.',
);
export const imageExists = defineFailure(
  'image.exists',
  'conflict',
  'The name is taken',
  'Choose another name, or delete the image that has it.',
);
export const imageSourceMissing = defineFailure(
  'image.source_missing',
  'unprocessable',
  'There is no such disk in the project',
);
export const imageNotReady = defineFailure(
  'image.not_ready',
  'conflict',
  'The image is not complete yet',
  'Wait until its state is Ready.',
);
export const imageBeingDeleted = defineFailure(
  'image.being_deleted',
  'conflict',
  'The image is being deleted',
);
export const imageVanished = defineFailure(
  'image.vanished',
  'conflict',
  'The image was deleted by someone else in the meantime',
);
export const imageNoSchedule = defineFailure(
  'image.no_schedule',
  'unprocessable',
  'Only an image from a registry can be kept up to date by a schedule',
);
export const imageCreateFailed = defineFailure(
  'image.create_failed',
  'unprocessable',
  'The image could not be made',
);
export const imageDeleteTimeout = defineFailure(
  'image.delete_timeout',
  'timeout',
  'The image is not gone yet',
  'The cluster goes on deleting it.',
);
