import { stringify } from 'yaml';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';

/** A machine as a file that makes it again, and how to do by hand what virtgate does. */
export interface ExportedManifest {
  manifest: KubeObject;
  yaml: string;
  commands: string[];
}

const FOREIGN =
  /^(kubectl\.kubernetes\.io\/|kubevirt\.io\/(latest|storage)-observed-api-version$|virtgate\.io\/(request|operation)-id$)/;
const SECRET_TEXTS = ['userData', 'userDataBase64', 'networkData', 'networkDataBase64'];

/** Without what the cluster adds, and without texts that may hold passwords. */
export function exportManifest(object: KubeObject, namespace: string): ExportedManifest {
  const manifest = cleaned(object);
  const { name } = manifest.metadata;
  const commands = [
    `kubectl get virtualmachine ${name} -n ${namespace} -o yaml`,
    `kubectl apply -n ${namespace} -f ${name}.yaml`,
    `virtctl start ${name} -n ${namespace}`,
    `virtctl stop ${name} -n ${namespace}`,
    `virtctl restart ${name} -n ${namespace}`,
    `virtctl console ${name} -n ${namespace}`,
    `kubectl delete virtualmachine ${name} -n ${namespace}`,
  ];
  const yaml = stringify(manifest, { lineWidth: 0 });
  const comment = ['# The same by hand:', ...commands.map((command) => `#   ${command}`)].join('\n');
  return { manifest, yaml: `${comment}\n${yaml}`, commands };
}

function cleaned(object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata } = object;
  // A deep copy, for what comes may be shared.
  const spec = structuredClone(object.spec ?? {}) as Record<string, unknown>;
  for (const matcher of [spec.instancetype, spec.preference]) drop(matcher, 'revisionName');
  for (const template of asList(spec.dataVolumeTemplates))
    drop(field(template, 'metadata'), 'creationTimestamp');
  drop(field(spec.template, 'metadata'), 'creationTimestamp');
  for (const volume of asList(field(field(spec.template, 'spec'), 'volumes'))) {
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
