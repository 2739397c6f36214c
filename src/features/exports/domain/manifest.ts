import { type CreatedBy, formatCreatedBy } from '../../../kernel/created-by.js';
import { goDuration } from './duration.js';
import type { ExportSource } from './export-view.js';
import { ANNOTATION, tokenSecretName } from './names.js';

export interface ExportSpec {
  name: string;
  source: { vm: string } | { snapshot: string } | { disk: string };
  /** Seconds. */
  ttl: number;
}

export interface Provenance {
  namespace: string;
  operationId: string;
  requestId: string;
  requestedBy: CreatedBy;
}

export interface ManifestObject {
  apiVersion?: string;
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    annotations: Record<string, string>;
    labels: Record<string, string>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: its fields are the kind's own.
  [field: string]: any;
}

const metadata = (name: string, { namespace, operationId, requestId, requestedBy }: Provenance) => ({
  name,
  namespace,
  labels: { 'app.kubernetes.io/managed-by': 'virtgate' },
  annotations: {
    [ANNOTATION.operationId]: operationId,
    [ANNOTATION.requestId]: requestId,
    [ANNOTATION.createdBy]: formatCreatedBy(requestedBy),
  },
});

/** export.kubevirt.io VirtualMachineExport; its version is the cluster's to say. */
export function exportManifest({ name, source, ttl }: ExportSpec, from: Provenance): ManifestObject {
  return {
    kind: 'VirtualMachineExport',
    metadata: metadata(name, from),
    spec: {
      source: sourceReference(source),
      tokenSecretRef: tokenSecretName(name, from.operationId),
      ttlDuration: goDuration(ttl),
    },
  };
}

export function tokenSecret({ name }: ExportSpec, token: string, from: Provenance): ManifestObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata(tokenSecretName(name, from.operationId), from),
    type: 'Opaque',
    stringData: { token },
  };
}

/** A disk of its own with a file system, for KubeVirt writes a dump as a file. */
export function dumpClaim(
  name: string,
  { size, storageClass }: { size: string; storageClass: string | null },
  from: Provenance,
): ManifestObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: metadata(name, from),
    spec: {
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      ...(storageClass === null ? {} : { storageClassName: storageClass }),
      resources: { requests: { storage: size } },
    },
  };
}

function sourceReference(source: ExportSource) {
  if (source.vm) return { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: source.vm };
  if (source.snapshot) {
    return { apiGroup: 'snapshot.kubevirt.io', kind: 'VirtualMachineSnapshot', name: source.snapshot };
  }
  return { apiGroup: '', kind: 'PersistentVolumeClaim', name: source.disk };
}
