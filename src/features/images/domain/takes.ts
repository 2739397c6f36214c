import type { OperationRecord, Take } from '../../operations/operations.contract.js';
import type { ImageSpec } from './image-body.js';
import { imageVolumeName } from './names.js';

/** What an import takes of a project's quota: an image, and the storage that it lies in. */
export function createTakes({ input }: Pick<OperationRecord, 'input'>): Take[] {
  const { name, size, storageClass } = (input as { spec: ImageSpec }).spec;
  return [
    { type: 'image', name },
    { type: 'disk', name: imageVolumeName(name), size, storageClass, image: true },
  ];
}
