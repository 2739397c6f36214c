import { Injectable } from '@nestjs/common';
import { unavailable } from '../../kernel/failures.js';
import type { ClusterObject, Impersonation } from '../../platform/cluster/cluster-client.js';
import { SECRET, VIRTUAL_MACHINE } from '../../platform/cluster/kinds.js';
import { isCode } from '../access/tenant-asks.contract.js';
import type { OperationRecord } from '../operations/operations.contract.js';
import { ANNOTATION } from './cluster-reading.contract.js';
import { guestSecrets, type NewIdentity, personalisation } from './new-identity.contract.js';
import { ProtectionAsks } from './tenant-asks.contract.js';

/** Makes a copied machine its own, before its first start. */
@Injectable()
export class Personalise {
  constructor(private readonly asks: ProtectionAsks) {}

  /**
   * Notes: `uid` of the machine; `lostSecrets` where cloud-init data of the original is gone. Asked twice, it finds
   * its own writing and does no harm.
   */
  async apply(
    operation: OperationRecord,
    identity: NewIdentity,
    as: Impersonation,
  ): Promise<Record<string, string>> {
    const { namespace } = operation.project;
    const machine = await this.asks.find(VIRTUAL_MACHINE, namespace, identity.name);
    if (!machine) throw unavailable('The new virtual machine is not there yet.');
    const done = machine.metadata.annotations?.[ANNOTATION.operationId] === operation.id;
    const lost = done ? [] : await this.#shareSecrets(machine, namespace, as);
    const body = personalisation(machine, identity, operation, lost);
    const patch = { type: 'merge', body } as const;
    await this.asks.cluster.patch(VIRTUAL_MACHINE, namespace, identity.name, patch, { as, from: machine });
    return {
      uid: machine.metadata.uid ?? '',
      ...(lost.length > 0 && { lostSecrets: lost.join(', ') }),
    };
  }

  /**
   * The original's secrets (see guestSecrets) are owned by the copy too, so that they outlive the original. virtgate may not
   * read them, hence a patch that needs no reading. Answers those that are gone.
   */
  async #shareSecrets(machine: ClusterObject, namespace: string, as: Impersonation): Promise<string[]> {
    const owner = {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      name: machine.metadata.name,
      uid: machine.metadata.uid,
    };
    const lost: string[] = [];
    for (const name of guestSecrets(machine.spec)) {
      try {
        await this.#addOwner(namespace, name, owner, as);
      } catch (error) {
        if (!isCode(error, 'cluster.not_found')) throw error;
        lost.push(name);
      }
    }
    return lost;
  }

  async #addOwner(namespace: string, name: string, owner: object, as: Impersonation): Promise<void> {
    const append = [{ op: 'add', path: '/metadata/ownerReferences/-', value: owner }];
    try {
      await this.asks.cluster.patch(SECRET, namespace, name, { type: 'json', body: append }, { as });
    } catch (error) {
      // It has no list of owners to append to: nobody's going takes it along.
      if (!isCode(error, 'cluster.refused', 'cluster.conflict')) throw error;
    }
  }
}
