import { Injectable } from '@nestjs/common';
import { type Weakness, weaknessesOf } from '../../../kernel/kubevirt-weaknesses.js';
import type { Principal } from '../../../kernel/principal.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { type Capabilities, ClusterCapabilities } from '../../../platform/cluster/cluster-capabilities.js';

export interface VisibleCapabilities extends Capabilities {
  /** Null for whom they are none of their business. */
  weaknesses: readonly Pick<Weakness, 'id' | 'summary'>[] | null;
}

/** What the cluster can do, and for whoever minds the platform where it is weak. */
@Injectable()
export class VisibleCapabilitiesReader {
  constructor(
    private readonly capabilities: ClusterCapabilities,
    private readonly access: AccessPort,
  ) {}

  /** From memory, five minutes old at most; throws cluster.unavailable where the cluster was never reached. */
  async of(principal: Principal): Promise<VisibleCapabilities> {
    const capabilities = await this.capabilities.current();
    const weaknesses = this.#minds(principal)
      ? weaknessesOf(capabilities.kubevirt).map(({ id, summary }) => ({ id, summary }))
      : null;
    return { ...capabilities, weaknesses };
  }

  #minds(principal: Principal): boolean {
    try {
      this.access.platform(principal, 'nodes:read');
      return true;
    } catch {
      return false;
    }
  }
}
