import { Injectable } from '@nestjs/common';
import { cappedText } from '../../../kernel/text.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import {
  ClusterCache,
  type ResourceCache,
  type ViewDefinition,
} from '../../../platform/cluster/cluster-cache.js';
import { VIRTUAL_MACHINE, VIRTUAL_MACHINE_INSTANCE } from '../../../platform/cluster/kinds.js';
import { SSH_ANNOTATION, sshAccessOf } from '../../ssh-keys/ssh-access.contract.js';
import { secretOf } from '../../virtual-machines/ssh-secret.contract.js';
import type { GuestInterface } from '../domain/guest-info.js';
import type { ObservedGuest, ObservedGuestMachine } from '../domain/observed.js';

const MAX_PARTS = 64;

/** Objects of the cluster are read, not trusted: what is absent or of another type reads as empty. */
const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
const records = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.slice(0, MAX_PARTS).map(record) : [];
const identity = ({ metadata }: KubeObject) => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: metadata.uid ?? '',
  resourceVersion: metadata.resourceVersion ?? '',
});

const machineViews: ViewDefinition<ObservedGuestMachine> = {
  kind: VIRTUAL_MACHINE,
  project: observeGuestMachine,
};
const guestViews: ViewDefinition<ObservedGuest> = { kind: VIRTUAL_MACHINE_INSTANCE, project: observeGuest };

export function observeGuestMachine(object: KubeObject): ObservedGuestMachine {
  const template = record(record(record(object.spec).template).spec);
  return {
    ...identity(object),
    ssh: sshAccessOf(object.metadata.annotations?.[SSH_ANNOTATION]),
    keySecrets: keySecrets(template.accessCredentials),
  };
}

export function observeGuest(object: KubeObject): ObservedGuest {
  const status = record(object.status);
  const conditions = records(status.conditions);
  const synchronized = conditions.find(({ type }) => type === 'AccessCredentialsSynchronized');
  return {
    ...identity(object),
    running: status.phase === 'Running' && !object.metadata.deletionTimestamp,
    agentConnected: conditions.some(({ type, status: is }) => type === 'AgentConnected' && is === 'True'),
    interfaces: records(status.interfaces).map(observeInterface),
    keySecrets: keySecrets(record(object.spec).accessCredentials),
    synchronized: synchronized
      ? { value: synchronized.status === 'True', message: cappedText(synchronized.message, 512) }
      : null,
  };
}

function observeInterface(nic: Record<string, unknown>): GuestInterface {
  const addresses = Array.isArray(nic.ipAddresses) ? nic.ipAddresses : [nic.ipAddress];
  return {
    name: cappedText(nic.name, 63),
    guestName: cappedText(nic.interfaceName, 63),
    mac: cappedText(nic.mac, 32),
    // An agent says what it likes: only what looks like an address is passed on.
    ipAddresses: addresses
      .filter((one): one is string => typeof one === 'string' && /^[0-9a-f.:]{2,45}$/i.test(one))
      .slice(0, 32),
  };
}

const keySecrets = (credentials: unknown): string[] =>
  records(credentials)
    .filter(({ sshPublicKey }) => record(record(sshPublicKey).propagationMethod).qemuGuestAgent !== undefined)
    .flatMap((one) => secretOf(one) ?? []);

/** The live copies of machines and their guests. */
@Injectable()
export class GuestCaches {
  readonly machines: ResourceCache<ObservedGuestMachine>;
  readonly guests: ResourceCache<ObservedGuest>;

  constructor(cache: ClusterCache) {
    this.machines = cache.define(machineViews);
    this.guests = cache.define(guestViews);
  }
}
