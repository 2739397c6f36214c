import { parseCreatedBy } from '../../../kernel/created-by.js';
import { canonicalBytes } from '../../../kernel/quantity.js';
import { cappedText } from '../../../kernel/text.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { ViewDefinition } from '../../../platform/cluster/cluster-cache.js';
import {
  PERSISTENT_VOLUME_CLAIM,
  VIRTUAL_MACHINE,
  VIRTUAL_MACHINE_EXPORT,
  VIRTUAL_MACHINE_INSTANCE,
  VIRTUAL_MACHINE_SNAPSHOT,
} from '../../../platform/cluster/kinds.js';
import { fromGoDuration } from '../domain/duration.js';
import { ANNOTATION } from '../domain/names.js';
import {
  EXPORT_FORMATS,
  type ExportFormat,
  type ExportLink,
  type Observed,
  type ObservedClaim,
  type ObservedExport,
  type ObservedInstance,
  type ObservedMachine,
  type ObservedSnapshot,
} from '../domain/observed.js';

export const exportViews: ViewDefinition<ObservedExport> = {
  kind: VIRTUAL_MACHINE_EXPORT,
  project: observeExport,
  indexes: { source: ({ namespace, source }) => [`${namespace}/${source.kind}/${source.name}`] },
  optional: true,
};

export const claimViews: ViewDefinition<ObservedClaim> = {
  kind: PERSISTENT_VOLUME_CLAIM,
  project: observeClaim,
};

export const snapshotViews: ViewDefinition<ObservedSnapshot> = {
  kind: VIRTUAL_MACHINE_SNAPSHOT,
  project: observeSnapshot,
  optional: true,
};

/** By claim: which running machines hold it. */
export const instanceViews: ViewDefinition<ObservedInstance> = {
  kind: VIRTUAL_MACHINE_INSTANCE,
  project: observeInstance,
  indexes: {
    claim: ({ namespace, claims, running }) =>
      running ? claims.map((claim) => `${namespace}/${claim}`) : [],
  },
};

export const machineViews: ViewDefinition<ObservedMachine> = {
  kind: VIRTUAL_MACHINE,
  project: observeMachine,
};

type Fields = Record<string, unknown>;

/** Objects of the cluster are read, not trusted: what is absent or of another type reads as empty. */
const record = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown, longest = 512): string | null => cappedText(value, longest);

const identity = ({ metadata }: KubeObject): Observed => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: metadata.uid ?? '',
  resourceVersion: metadata.resourceVersion ?? '',
});

export function observeExport(object: KubeObject): ObservedExport {
  const { metadata } = object;
  const spec = record(object.spec);
  const status = record(object.status);
  const source = record(spec.source);
  const links = record(status.links);
  const createdAt = metadata.creationTimestamp ?? '';
  const ttl = fromGoDuration(text(spec.ttlDuration) ?? '');
  const waiting = list(status.conditions)
    .map(record)
    .find(({ type, status: state }) => type === 'Ready' && state !== 'True');
  return {
    ...identity(object),
    createdAt,
    deleting: Boolean(metadata.deletionTimestamp),
    source: { kind: text(source.kind) ?? '', name: text(source.name) ?? '' },
    phase: text(status.phase, 32) ?? 'Pending',
    message: text(waiting?.message) ?? text(waiting?.reason),
    ttl,
    expiresAt: text(status.ttlExpirationTime, 40) ?? after(createdAt, ttl),
    operationId: metadata.annotations?.[ANNOTATION.operationId] ?? null,
    createdBy: parseCreatedBy(metadata.annotations?.[ANNOTATION.createdBy]),
    tokenSecret: text(status.tokenSecretRef) ?? text(spec.tokenSecretRef),
    internal: observeLink(links.internal),
    external: observeLink(links.external),
  };
}

function after(createdAt: string, seconds: number | null): string | null {
  const created = Date.parse(createdAt);
  return seconds === null || Number.isNaN(created) ? null : new Date(created + seconds * 1000).toISOString();
}

function observeLink(value: unknown): ExportLink | null {
  const link = record(value);
  const volumes = list(link.volumes).slice(0, 128).map(record).map(observeVolume);
  if (volumes.length === 0) return null;
  return {
    cert: typeof link.cert === 'string' ? link.cert.slice(0, 64 * 1024) : '',
    volumes,
    manifests: list(link.manifests)
      .map(record)
      .map(({ type, url }) => ({ type: text(type) ?? '', url: text(url, 2048) ?? '' })),
  };
}

function observeVolume({ name, formats }: Fields): ExportLink['volumes'][number] {
  return {
    name: text(name, 253) ?? '',
    formats: list(formats)
      .map(record)
      .flatMap(({ format, url }) =>
        isFormat(format) && typeof url === 'string' ? [{ format, url: url.slice(0, 2048) }] : [],
      ),
  };
}

const isFormat = (value: unknown): value is ExportFormat =>
  (EXPORT_FORMATS as readonly unknown[]).includes(value);

function observeClaim(object: KubeObject): ObservedClaim {
  const spec = record(object.spec);
  const status = record(object.status);
  const size = record(status.capacity).storage ?? record(record(spec.resources).requests).storage;
  return {
    ...identity(object),
    phase: text(status.phase, 32) ?? 'Pending',
    deleting: Boolean(object.metadata.deletionTimestamp),
    size: typeof size === 'string' ? canonicalBytes(size) : null,
  };
}

function observeSnapshot(object: KubeObject): ObservedSnapshot {
  return {
    ...identity(object),
    ready: record(object.status).readyToUse === true,
    deleting: Boolean(object.metadata.deletionTimestamp),
  };
}

function observeInstance(object: KubeObject): ObservedInstance {
  const spec = record(object.spec);
  const status = record(object.status);
  const memory = record(status.memory).guestCurrent ?? record(record(spec.domain).memory).guest;
  return {
    ...identity(object),
    running: status.phase !== 'Succeeded' && status.phase !== 'Failed',
    claims: list(spec.volumes).map(record).flatMap(claimOf),
    memory: typeof memory === 'string' ? canonicalBytes(memory) : null,
  };
}

function claimOf({ dataVolume, persistentVolumeClaim }: Fields): string[] {
  const name = text(record(dataVolume).name) ?? text(record(persistentVolumeClaim).claimName);
  return name ? [name] : [];
}

function observeMachine(object: KubeObject): ObservedMachine {
  const dump = record(record(object.status).memoryDumpRequest);
  const claim = text(dump.claimName, 253);
  return {
    ...identity(object),
    dump: claim
      ? {
          claim,
          phase: text(dump.phase, 32) ?? 'Associating',
          fileName: text(dump.fileName, 255),
          message: text(dump.message),
          startedAt: text(dump.startTimestamp, 40),
          endedAt: text(dump.endTimestamp, 40),
        }
      : null,
  };
}
