import { qualifiedKind, type ResourceKind } from './resource-kind.js';
import { type StatusCause, StatusError } from './status-error.js';

const about = (kind: ResourceKind, name?: string) => ({
  ...(name ? { name } : {}),
  ...(kind.group ? { group: kind.group } : {}),
  kind: kind.plural,
});

export const notFound = (kind: ResourceKind, name: string): StatusError =>
  new StatusError(404, 'NotFound', `${kind.resource} "${name}" not found`, about(kind, name));

export const alreadyExists = (kind: ResourceKind, name: string): StatusError =>
  new StatusError(409, 'AlreadyExists', `${kind.resource} "${name}" already exists`, about(kind, name));

export const conflict = (kind: ResourceKind, name: string, why: string): StatusError =>
  new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${kind.resource} "${name}": ${why}`,
    about(kind, name),
  );

export const modified = (kind: ResourceKind, name: string): StatusError =>
  conflict(
    kind,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );

export const forbidden = (
  kind: ResourceKind,
  name: string | undefined,
  why: string,
  causes?: StatusCause[],
): StatusError =>
  new StatusError(403, 'Forbidden', `${kind.resource}${name ? ` "${name}"` : ''} is forbidden: ${why}`, {
    ...about(kind, name),
    ...(causes ? { causes } : {}),
  });

export const badRequest = (message: string): StatusError => new StatusError(400, 'BadRequest', message);

/** 422 with one cause per field, worded as apimachinery's `field.ErrorList` words it. */
export function invalid(kind: ResourceKind, name: string, causes: Required<StatusCause>[]): StatusError {
  const told = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const text = told.length === 1 ? told[0] : `[${told.join(', ')}]`;
  return new StatusError(422, 'Invalid', `${qualifiedKind(kind)} "${name}" is invalid: ${text}`, {
    name,
    ...(kind.group ? { group: kind.group } : {}),
    kind: kind.kind,
    causes,
  });
}

export const invalidValue = (field: string, value: unknown, why: string): Required<StatusCause> => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
  field,
});

export const requiredValue = (field: string, why: string): Required<StatusCause> => ({
  reason: 'FieldValueRequired',
  message: `Required value: ${why}`,
  field,
});
