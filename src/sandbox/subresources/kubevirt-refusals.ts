import { StatusError } from '../store/status-error.js';

/** Refusals as virt-api words them: singular kinds in group kubevirt.io. */
type Kind = 'virtualmachine' | 'virtualmachineinstance';

const about = (kind: Kind, name: string) => ({ name, group: 'kubevirt.io', kind });

export function notFound(kind: Kind, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${kind}.kubevirt.io "${name}" not found`, about(kind, name));
}

export function conflict(kind: Kind, name: string, why: string): StatusError {
  return new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${kind}.kubevirt.io "${name}": ${why}`,
    about(kind, name),
  );
}

export function forbidden(kind: Kind, name: string, why: string): StatusError {
  return new StatusError(
    403,
    'Forbidden',
    `${kind}.kubevirt.io "${name}" is forbidden: ${why}`,
    about(kind, name),
  );
}

export function badRequest(why: string): StatusError {
  return new StatusError(400, 'BadRequest', why);
}

export function internal(why: string): StatusError {
  return new StatusError(500, 'InternalError', `Internal error occurred: ${why}`, {
    causes: [{ message: why }],
  });
}
