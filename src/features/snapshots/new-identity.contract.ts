import { createHash } from 'node:crypto';
import type { OperationRecord } from '../operations/operations.contract.js';
import { SSH_ANNOTATION } from '../ssh-keys/ssh-access.contract.js';
import { isSshSecretName } from '../virtual-machines/ssh-secret.contract.js';
import { ANNOTATION, provenance, record, records, text } from './cluster-reading.contract.js';

/** What a copy of a machine is to be known by, so that it does not pass for the original. */
export interface NewIdentity {
  name: string;
  hostname: string;
  /** False: the copy has the MACs of the original, for a machine that takes its place. */
  freshMacs: boolean;
  /** The firmware UUID that it keeps, as some licences want; null or absent for one of its own. */
  firmwareUuid?: string | null;
}

/** Room for the longest suffix of an object that is named after its machine, within a DNS label of 63. */
export const MACHINE_NAME = /^[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?$/;

/** What must not go over to a copy: its original's own states. */
const LEFT_BEHIND = ['virtgate.io/trashed-at', 'kubevirt.io/vm-delete-protection'];

const digest = (...parts: (string | number)[]): string =>
  createHash('sha256').update(parts.join('\0')).digest('hex');

/** A locally administered unicast address; the same for the same operation and interface. */
export function newMac(operationId: string, index: number): string {
  const octets = digest(operationId, 'mac', index).slice(0, 10).match(/../g) ?? [];
  return ['02', ...octets].join(':');
}

/** A UUID, version 8 of RFC 9562; the same for the same operation. */
export function newFirmwareUuid(operationId: string): string {
  const hex = digest(operationId, 'firmware');
  const variant = '89ab'[Number.parseInt(hex.slice(16, 17), 16) % 4];
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/**
 * Patches of a VirtualMachineRestore to another machine. KubeVirt's webhook takes each patch apart at "," and ":" and
 * refuses values that hold either (pkg/storage/admitters/vmrestore.go): so MACs have dashes, values are scalars, and
 * only paths below /spec are used, which every version allows. What cannot be said so is written when the machine is
 * there (`personalisation`), before it starts.
 */
export function restorePatches(
  spec: unknown,
  { hostname, freshMacs }: NewIdentity,
  operationId: string,
): string[] {
  const template = record(record(record(spec).template).spec);
  const domain = record(template.domain);
  const patch = (path: string, value: string) => JSON.stringify({ op: 'add', path, value });
  const interfaces = records(record(domain.devices).interfaces);
  return [
    // `running` excludes it; then KubeVirt itself leaves the new machine off.
    ...(record(spec).running === undefined ? [patch('/spec/runStrategy', 'Halted')] : []),
    patch('/spec/template/spec/hostname', hostname),
    ...(domain.firmware === undefined
      ? []
      : [patch('/spec/template/spec/domain/firmware/uuid', newFirmwareUuid(operationId))]),
    ...(freshMacs
      ? interfaces.map((_, index) =>
          patch(
            `/spec/template/spec/domain/devices/interfaces/${index}/macAddress`,
            newMac(operationId, index).replaceAll(':', '-'),
          ),
        )
      : []),
  ];
}

interface Machine {
  metadata: { uid?: string; resourceVersion?: string; labels?: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: read part by part below.
  [field: string]: any;
}

/** Secrets that the machine's volumes read: cloud-init's, and answers for Windows' setup. */
export function guestSecrets(spec: unknown): string[] {
  const volumes = records(record(record(record(spec).template).spec).volumes);
  const names = volumes.flatMap(({ cloudInitNoCloud, cloudInitConfigDrive, sysprep }) => {
    const source = record(cloudInitNoCloud ?? cloudInitConfigDrive);
    return [source.secretRef, source.networkDataSecretRef, record(sysprep).secret].map((one) =>
      text(record(one).name),
    );
  });
  return [...new Set(names.filter((name) => name !== null))];
}

/**
 * A merge patch that makes a copy its own machine: MACs, hostname, firmware UUID, who made it. cloud-init's instance id
 * follows the hostname (KubeVirt derives it from hostname and namespace), so cloud-init runs anew.
 * `lostSecrets`: cloud-init volumes that read one of these get an empty cloud-config, and a CD with answers for Windows'
 * setup goes, or the machine would never start.
 */
export function personalisation(
  machine: Machine,
  identity: NewIdentity,
  operation: Pick<OperationRecord, 'id' | 'requestId' | 'requestedBy'>,
  lostSecrets: readonly string[] = [],
) {
  const template = record(record(record(machine.spec).template).spec);
  const domain = record(template.domain);
  const interfaces = records(record(domain.devices).interfaces);
  const lostCds = new Set(
    records(template.volumes)
      .filter((volume) => isLostCd(volume, lostSecrets))
      .map(({ name }) => name),
  );
  const labels = Object.fromEntries(
    LEFT_BEHIND.filter((key) => machine.metadata.labels?.[key] !== undefined).map((key) => [key, null]),
  );
  return {
    metadata: {
      uid: machine.metadata.uid,
      resourceVersion: machine.metadata.resourceVersion,
      labels,
      annotations: { ...provenance(operation), [ANNOTATION.displayName]: null, [SSH_ANNOTATION]: null },
    },
    spec: {
      template: {
        metadata: { labels: { 'kubevirt.io/domain': identity.name } },
        spec: {
          hostname: identity.hostname,
          ...withoutOwnKeys(template.accessCredentials),
          ...(lostSecrets.length > 0 && {
            volumes: records(template.volumes)
              .filter((volume) => !isLostCd(volume, lostSecrets))
              .map((volume) => withoutSecrets(volume, lostSecrets)),
          }),
          domain: {
            firmware: { uuid: identity.firmwareUuid ?? newFirmwareUuid(operation.id), serial: null },
            ...((identity.freshMacs || lostCds.size > 0) && {
              devices: {
                ...(identity.freshMacs && {
                  interfaces: interfaces.map((nic, index) => ({
                    ...nic,
                    macAddress: newMac(operation.id, index),
                  })),
                }),
                ...(lostCds.size > 0 && {
                  disks: records(record(domain.devices).disks).filter(({ name }) => !lostCds.has(name)),
                }),
              },
            }),
          },
        },
      },
    },
  };
}

/** The keys that virtgate set go with the original: whoever changes them there does not mean the copy. */
function withoutOwnKeys(credentials: unknown): { accessCredentials?: unknown[] | null } {
  const all = records(credentials);
  const kept = all.filter(({ sshPublicKey }) => {
    const { secretName } = record(record(record(sshPublicKey).source).secret);
    return !isSshSecretName(text(secretName) ?? '');
  });
  if (kept.length === all.length) return {};
  return { accessCredentials: kept.length > 0 ? kept : null };
}

const isLostCd = ({ sysprep }: Record<string, unknown>, lost: readonly string[]): boolean =>
  lost.includes(text(record(record(sysprep).secret).name) ?? '');

function withoutSecrets(volume: Record<string, unknown>, lost: readonly string[]): Record<string, unknown> {
  const kind = ['cloudInitNoCloud', 'cloudInitConfigDrive'].find((name) => volume[name] !== undefined);
  if (!kind) return volume;
  const { secretRef, networkDataSecretRef, ...rest } = record(volume[kind]);
  const isLost = (reference: unknown) => lost.includes(text(record(reference).name) ?? '');
  return {
    ...volume,
    [kind]: {
      ...rest,
      ...(secretRef !== undefined &&
        (isLost(secretRef) ? { userData: '#cloud-config\n{}\n' } : { secretRef })),
      ...(networkDataSecretRef !== undefined && !isLost(networkDataSecretRef) && { networkDataSecretRef }),
    },
  };
}
