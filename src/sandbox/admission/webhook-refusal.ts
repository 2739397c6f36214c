import { type StatusCause, StatusError } from '../store/status-error.js';

export interface Cause extends StatusCause {
  reason?:
    | 'FieldValueInvalid'
    | 'FieldValueNotFound'
    | 'FieldValueRequired'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate';
}

/** A denial as the API server passes it on from a KubeVirt webhook: 422 with one cause per complaint. */
export function denied(webhook: string, causes: Cause[]): StatusError {
  const told = causes.map((cause) => cause.message).join(', ');
  return new StatusError(422, 'Invalid', `admission webhook "${webhook}" denied the request: ${told}`, {
    causes,
  });
}

/** CDI's webhooks send no reason and put a blank before their message. */
export function deniedByCdi(causes: Cause[]): StatusError {
  const told = causes.map((cause) => ` ${cause.message}`).join(',');
  return new StatusError(
    422,
    undefined,
    `admission webhook "datavolume-validate.cdi.kubevirt.io" denied the request: ${told}`,
    { causes },
  );
}

export const invalidField = (field: string, message: string): Cause => ({
  reason: 'FieldValueInvalid',
  message,
  field,
});

export const requiredField = (field: string, message: string): Cause => ({
  reason: 'FieldValueRequired',
  message,
  field,
});
