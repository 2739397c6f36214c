import type { KubeObject } from '../../kubevirt-types/kube-object.js';

const FOREIGN =
  /^(kubectl\.kubernetes\.io\/|kubevirt\.io\/(latest|storage)-observed-api-version$|virtgate\.io\/(request|operation)-id$)/;
const SECRET_TEXTS = ['userData', 'userDataBase64', 'networkData', 'networkDataBase64'];

/**
 * Without what the cluster adds. Texts that may hold passwords are blacked out, or with `texts: 'kept'` stay for
 * whoever may see them.
 */
export function cleanedManifest(object: KubeObject, { texts }: { texts?: 'kept' } = {}): KubeObject {
  const { apiVersion, kind, metadata } = object;
  // A deep copy, for what comes may be shared.
  const spec = structuredClone(object.spec ?? {}) as Record<string, unknown>;
  for (const matcher of [spec.instancetype, spec.preference]) drop(matcher, 'revisionName');
  for (const template of asList(spec.dataVolumeTemplates))
    drop(field(template, 'metadata'), 'creationTimestamp');
  drop(field(spec.template, 'metadata'), 'creationTimestamp');
  for (const volume of texts ? [] : asList(field(field(spec.template, 'spec'), 'volumes'))) {
    for (const source of [field(volume, 'cloudInitNoCloud'), field(volume, 'cloudInitConfigDrive')])
      redact(source);
  }
  const annotations = Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(([key]) => !FOREIGN.test(key)),
  );
  return {
    apiVersion,
    kind,
    metadata: {
      name: metadata.name,
      ...(metadata.labels && Object.keys(metadata.labels).length > 0 && { labels: metadata.labels }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec,
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function drop(value: unknown, name: string): void {
  if (typeof value === 'object' && value !== null) delete (value as Record<string, unknown>)[name];
}

/** The empty cloud-config that virtgate itself writes is no secret. */
function redact(source: unknown): void {
  if (typeof source !== 'object' || source === null) return;
  const texts = source as Record<string, unknown>;
  for (const name of SECRET_TEXTS) {
    if (typeof texts[name] === 'string' && texts[name] !== '#cloud-config\n{}\n') texts[name] = '<redacted>';
  }
}
