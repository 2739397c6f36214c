import { CLONE_REQUEST, SNAPSHOT_REQUEST } from '../controllers/data-volume-source.js';
import { quantityBytes } from '../controllers/quantity.js';
import { CLAIMS, sameValue } from '../controllers/reconciliation.js';
import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import { type StatusCause, StatusError } from '../store/status-error.js';
import type { AdmissionPlugin } from '../wire/extension.js';
import { type CloneRights, placeRefusal } from './clone-rights.js';

const STORAGE = 'spec.resources.requests.storage';

/** What the API server itself checks of PersistentVolumeClaims. */
export const claimAdmission = (rights: CloneRights): AdmissionPlugin => ({
  resources: [CLAIMS],
  validate({ operation, subresource, object, oldObject, namespace = '', user }) {
    if (operation === 'DELETE' || subresource === 'status' || oldObject?.metadata.deletionTimestamp) return;
    const claim = object as NewObject;
    const causes = oldObject ? updateCauses(claim, oldObject) : createCauses(claim.spec ?? {});
    // The marks by which CDI clones are for CDI to set; whoever else sets them needs the right himself.
    for (const mark of [CLONE_REQUEST, SNAPSHOT_REQUEST]) {
      const wanted = claim.metadata.annotations?.[mark];
      if (wanted === undefined || wanted === oldObject?.metadata.annotations?.[mark]) continue;
      const refusal = placeRefusal(user, namespace, wanted.split('/')[0], rights);
      if (refusal) causes.push(forbidden(`metadata.annotations[${mark}]`, refusal));
    }
    if (causes.length > 0) throw invalid(claim.metadata.name ?? '', causes);
  },
});

function createCauses(spec: Untyped): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!spec.accessModes?.length) {
    causes.push(required('spec.accessModes', 'at least 1 access mode is required'));
  }
  const size = spec.resources?.requests?.storage;
  if (size === undefined) causes.push(required('spec.resources[storage]', ''));
  else if ((quantityBytes(size) ?? 0n) <= 0n) {
    causes.push({
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(size)}: must be greater than zero`,
      field: STORAGE,
    });
  }
  return causes;
}

function updateCauses(claim: NewObject, old: KubeObject): StatusCause[] {
  const fixed = (spec: Untyped) => ({ ...spec, resources: { ...spec?.resources, requests: undefined } });
  if (!sameValue(fixed(claim.spec), fixed(old.spec))) {
    return [
      forbidden(
        'spec',
        'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      ),
    ];
  }
  const before = quantityBytes(old.spec?.resources?.requests?.storage) ?? 0n;
  const after = quantityBytes(claim.spec?.resources?.requests?.storage) ?? 0n;
  return after < before ? [forbidden(STORAGE, 'field can not be less than previous value')] : [];
}

function required(field: string, why: string): StatusCause {
  return { reason: 'FieldValueRequired', message: why ? `Required value: ${why}` : 'Required value', field };
}

function forbidden(field: string, why: string): StatusCause {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${why}`, field };
}

function invalid(name: string, causes: StatusCause[]): StatusError {
  const told = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const text = told.length === 1 ? told[0] : `[${told.join(', ')}]`;
  return new StatusError(422, 'Invalid', `PersistentVolumeClaim "${name}" is invalid: ${text}`, {
    name,
    kind: 'PersistentVolumeClaim',
    causes,
  });
}
