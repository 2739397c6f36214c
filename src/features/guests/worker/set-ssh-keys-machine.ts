import { Injectable } from '@nestjs/common';
import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import { SECRET, VIRTUAL_MACHINE } from '../../../platform/cluster/kinds.js';
import { isCode, TenantAsks } from '../../access/tenant-asks.contract.js';
import { fail, failureRecord, sinceAsked } from '../../operations/asked.contract.js';
import type { Decision, OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import {
  type AccessKey,
  lineOf,
  nameOf,
  SSH_ANNOTATION,
  type SshAccess,
} from '../../ssh-keys/ssh-access.contract.js';
import {
  accessCredentials,
  ownSshSecret,
  secretOf,
  sshSecret,
  sshSecretData,
} from '../../virtual-machines/ssh-secret.contract.js';
import { GuestCaches } from '../data/guest-caches.js';
import { sshKeysMachineGone } from '../domain/failures.js';
import type { ObservedGuest, ObservedGuestMachine } from '../domain/observed.js';
import { SET_SSH_KEYS_KIND } from '../operation-kinds.js';

export interface SshKeysObserved {
  machine: ObservedGuestMachine | undefined;
  guest: ObservedGuest | undefined;
}

type Input = SshAccess & { uid: string };
const inputOf = (operation: OperationRecord): Input => operation.input as unknown as Input;
/** How long the watch may lag behind what was asked. */
const SETTLE_LIMIT_MS = 15_000;

/** `vm.set-ssh-keys`: the secret first, then the machine that refers to it. */
@Injectable()
export class SetSshKeysMachine implements OperationMachine<SshKeysObserved> {
  readonly kind = SET_SSH_KEYS_KIND.kind;

  constructor(
    private readonly caches: GuestCaches,
    private readonly asks: TenantAsks,
  ) {}

  observe({ project: { namespace }, target: { name } }: OperationRecord): SshKeysObserved {
    return {
      machine: this.caches.machines.get(namespace, name),
      guest: this.caches.guests.get(namespace, name),
    };
  }

  next(operation: OperationRecord, observed: SshKeysObserved, now: Date): Decision {
    return nextOfSshKeys(operation, observed, now);
  }

  ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    if (step !== 'write-keys') return Promise.resolve({});
    return this.asks.run(operation, 'vms:update', (as) => this.#write(operation, as));
  }

  async #write(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const { uid, user, keys } = inputOf(operation);
    const { namespace } = operation.project;
    const { name } = operation.target;
    const found = await this.asks.find(VIRTUAL_MACHINE, namespace, name);
    if (found?.metadata.uid !== uid) throw sshKeysMachineGone();
    const present: unknown[] = found.spec?.template?.spec?.accessCredentials ?? [];
    const secret = ownSshSecret(
      name,
      uid,
      present.flatMap((one) => secretOf(one) ?? []),
    );
    await this.#writeSecret(operation, secret, as);
    const wanted = accessCredentials(present, secret, user);
    const body = {
      metadata: {
        uid,
        // Somebody else's credentials must not be lost: a machine that has changed is looked at again.
        resourceVersion: found.metadata.resourceVersion,
        annotations: { [SSH_ANNOTATION]: JSON.stringify({ user, keys }) },
      },
      ...(!sameSet(present, wanted) && { spec: { template: { spec: { accessCredentials: wanted } } } }),
    };
    const patch = { type: 'merge', body } as const;
    await this.asks.cluster.patch(VIRTUAL_MACHINE, namespace, name, patch, { as, from: found });
    return {};
  }

  /** virtgate may not read it, hence a patch that needs no reading. */
  async #writeSecret(operation: OperationRecord, secretName: string, as: Impersonation): Promise<void> {
    const { uid, keys } = inputOf(operation);
    const { namespace } = operation.project;
    const { name } = operation.target;
    const annotations = {
      'virtgate.io/operation-id': operation.id,
      'virtgate.io/request-id': operation.requestId,
    };
    const secret = sshSecret({ name, namespace, uid }, { name: secretName, keys }, annotations);
    try {
      await this.asks.cluster.create(SECRET, namespace, secret, { as });
    } catch (error) {
      if (!isCode(error, 'cluster.already_exists')) throw error;
      const body = [{ op: 'add', path: '/data', value: sshSecretData(keys) }];
      await this.asks.cluster.patch(SECRET, namespace, secretName, { type: 'json', body }, { as });
    }
  }
}

const listed = (keys: readonly AccessKey[]): string =>
  keys.map((key) => `${nameOf(key) ?? ''} ${lineOf(key)}`).join('\n');

const sameSet = (left: readonly unknown[], right: readonly unknown[]): boolean =>
  left.length === right.length &&
  new Set([...left, ...right].map((one) => JSON.stringify(one))).size === left.length;

/** The decision of `vm.set-ssh-keys`. Pure. */
export function nextOfSshKeys(
  operation: OperationRecord,
  { machine, guest }: SshKeysObserved,
  now: Date,
): Decision {
  const asked = operation.asked['write-keys'];
  if (!asked) return { do: 'wait', step: 'write-keys' };
  if (asked.refusal) return fail(asked.refusal);
  const { uid, user, keys } = inputOf(operation);
  if (machine?.uid !== uid) return fail(failureRecord(sshKeysMachineGone));
  const seen = machine.ssh?.user === user && listed(machine.ssh.keys) === listed(keys);
  if (!seen && sinceAsked(operation, 'write-keys', now) <= SETTLE_LIMIT_MS) {
    return { do: 'wait', step: 'settle', recheckMs: 2000 };
  }
  const live =
    guest?.running === true && guest.keySecrets.includes(ownSshSecret(machine.name, uid, machine.keySecrets));
  return { do: 'succeed', result: { id: uid, name: machine.name, user, keys: keys.length, live } };
}
