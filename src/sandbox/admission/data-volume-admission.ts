import { quantityBytes } from '../controllers/quantity.js';
import { DATA_VOLUMES, sameValue } from '../controllers/reconciliation.js';
import { isChecksum } from '../nodes/images/image-checksum.js';
import type { Untyped } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import type { AdmissionPlugin } from '../wire/extension.js';
import { type CloneRights, cloneRefusal } from './clone-rights.js';
import { type Cause, deniedByCdi, invalidField, requiredField } from './webhook-refusal.js';

const SOURCES = ['http', 's3', 'gcs', 'registry', 'pvc', 'upload', 'blank', 'imageio', 'vddk', 'snapshot'];
const SUPPORTED = ['http', 'registry', 'pvc', 'snapshot', 'upload', 'blank'];

/** CDI's webhook for DataVolume. */
export const dataVolumeAdmission = (
  store: Pick<ObjectStore, 'get'>,
  rights: CloneRights,
): AdmissionPlugin => ({
  resources: [DATA_VOLUMES],
  validate({ operation, subresource, object, oldObject, namespace = '', user }) {
    if (operation === 'DELETE' || subresource === 'status' || oldObject?.metadata.deletionTimestamp) return;
    if (oldObject) {
      if (sameValue(object?.spec, oldObject.spec)) return;
      throw deniedByCdi([
        { reason: 'FieldValueDuplicate', message: 'Cannot update DataVolume Spec', field: 'DataVolume.Spec' },
      ]);
    }
    const causes = dataVolumeCauses(object?.spec, 'spec');
    const refusal = cloneRefusal(user, namespace, object?.spec, { store, rights });
    if (causes.length === 0 && refusal) causes.push(invalidField('spec.source.PVC.namespace', refusal));
    if (causes.length > 0) throw deniedByCdi(causes);
  },
});

/** What is wrong with a DataVolume's spec; sources that the sandbox cannot serve are said to be so. */
export function dataVolumeCauses(spec: Untyped, field: string): Cause[] {
  if (!spec || typeof spec !== 'object') return [requiredField(field, `${field} is missing`)];
  return [...sourceCauses(spec, field), ...sizeCauses(spec, field)];
}

function sourceCauses(spec: Untyped, field: string): Cause[] {
  if (spec.sourceRef) return referenceCauses(spec, field);
  if (!spec.source) {
    return [invalidField(`${field}.source`, `${field} Missing Data volume source`)];
  }
  const given = SOURCES.filter((source) => spec.source[source] !== undefined && spec.source[source] !== null);
  if (given.length > 1)
    return [invalidField(`${field}.source`, `${field}.source Multiple Data volume sources`)];
  const source = given[0];
  if (!source) return [invalidField(`${field}.source`, `${field}.source Missing Data volume source`)];
  if (!SUPPORTED.includes(source)) return [unsupported(`${field}.source.${source}`, `source type ${source}`)];
  const details: Untyped = spec.source[source];
  if (source === 'http' || source === 'registry') return importCauses(source, details, field);
  if (source === 'pvc' || source === 'snapshot') return nameCauses(`${field}.source.${source}`, details);
  return [];
}

function referenceCauses(spec: Untyped, field: string): Cause[] {
  const { sourceRef } = spec;
  if (spec.source) {
    return [
      invalidField(
        `${field}.source`,
        'Data volume should have either Source or SourceRef, or be externally populated',
      ),
    ];
  }
  if (!sourceRef.kind) return [invalidField(`${field}.sourceRef.kind`, `${field}.sourceRef.kind is missing`)];
  if (sourceRef.kind !== 'DataSource') {
    return [invalidField(`${field}.sourceRef.kind`, `SourceRef ${sourceRef.kind} is not supported`)];
  }
  return sourceRef.name ? [] : [requiredField(`${field}.sourceRef.name`, 'SourceRef name is missing')];
}

function nameCauses(at: string, named: Untyped): Cause[] {
  return named.name ? [] : [requiredField(`${at}.name`, `${at} source name is missing`)];
}

function importCauses(source: 'http' | 'registry', spec: Untyped, field: string): Cause[] {
  const causes = source === 'http' ? urlCauses(spec, field) : registryCauses(spec, field);
  if (spec.checksum !== undefined && spec.checksum !== '' && !isChecksum(String(spec.checksum))) {
    causes.push(
      invalidField(
        `${field}.source.${source}.checksum`,
        `${field}.source checksum is not valid: ${spec.checksum}`,
      ),
    );
  }
  return causes;
}

function registryCauses(registry: Untyped, field: string): Cause[] {
  const at = `${field}.source.Registry`;
  if (registry.imageStream) return [unsupported(`${at}.imageStream`, 'an image stream')];
  const url: unknown = registry.url;
  if (!url)
    return [invalidField(at, `${field}.source.registry either registry url or imageStream must be set`)];
  if (typeof url === 'string' && /^docker:\/\/[^/]/.test(url)) return [];
  return [invalidField(`${at}.url`, `${field}.source Illegal registry source url scheme: ${url}`)];
}

function unsupported(field: string, what: string): Cause {
  return {
    reason: 'FieldValueNotSupported',
    message: `${field}: ${what} is not supported by the sandbox`,
    field,
  };
}

function urlCauses(http: Untyped, field: string): Cause[] {
  const at = `${field}.source.HTTP.url`;
  const url: unknown = http.url;
  if (!url) return [invalidField(at, `${field}.source Source URL is empty`)];
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed) return [invalidField(at, `${field}.source Invalid source URL: ${url}`)];
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    return [invalidField(at, `${field}.source Invalid source URL scheme: ${url}`)];
  }
  return [];
}

function sizeCauses(spec: Untyped, field: string): Cause[] {
  if (spec.pvc && spec.storage) {
    return [
      invalidField(
        `${field}.pvc`,
        'Duplicate storage definition, both target storage and target pvc defined',
      ),
    ];
  }
  const wanted = spec.storage ?? spec.pvc;
  const name = spec.pvc ? 'PVC' : 'storage';
  if (!wanted) return [requiredField(`${field}.pvc`, 'Missing Data volume PVC')];
  const at = `${field}.${name}.resources.requests.storage`;
  const size = wanted.resources?.requests?.storage;
  // A clone takes the size of its source where none is asked for.
  const isClone = spec.sourceRef || spec.source?.pvc || spec.source?.snapshot;
  if (size === undefined && isClone && spec.storage) return [];
  if (size === undefined) return [invalidField(at, `${name} size is missing`)];
  const bytes = quantityBytes(size);
  if (bytes === undefined) return [invalidField(at, `${name} size is not a quantity: ${size}`)];
  if (bytes <= 0n) return [invalidField(at, `${name} size can't be equal or less than zero`)];
  if (spec.pvc && !spec.pvc.accessModes?.length) {
    return [requiredField(`${field}.PVC.accessModes`, 'Required value: at least 1 access mode is required')];
  }
  return [];
}
