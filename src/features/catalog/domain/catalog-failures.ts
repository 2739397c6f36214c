import { defineFailure, type Failure, type FailureFactory } from '../../../kernel/failure.js';
import { nearest } from './nearest.js';

export const instanceTypeUnknown = defineFailure(
  'instance_type.unknown',
  'unprocessable',
  'There is no such instance type',
);
export const preferenceUnknown = defineFailure(
  'preference.unknown',
  'unprocessable',
  'There is no such preference',
);
export const storageClassUnknown = defineFailure(
  'storage_class.unknown',
  'unprocessable',
  'There is no such storage class',
);

export const networkUnknown = defineFailure('network.unknown', 'unprocessable', 'There is no such network');

/** A name in a request that stands for nothing, with those that may have been meant. */
export function unknownName(
  failure: FailureFactory,
  { name, names, pointer, list }: { name: string; names: readonly string[]; pointer: string; list: string },
): Failure {
  const near = nearest(name, names);
  const { code, title } = failure.definition;
  const message = `${title}: "${name.slice(0, 100)}".`;
  return failure(message, {
    hint: near.length > 0 ? `Did you mean ${near.join(', ')}?` : `GET ${list} lists what there is.`,
    errors: [{ pointer, code, message }],
    details: { near },
  });
}
