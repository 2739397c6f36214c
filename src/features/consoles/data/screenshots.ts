import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { clusterFailureDetails } from '../../../platform/cluster/status-to-failure.js';
import { AccessContract } from '../../access/access.contract.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { requireConsole } from '../domain/console-access.js';
import { consoleInUse, consoleNotAvailable } from '../domain/console-failures.js';

/** A page of many machines asks again and again. */
const FRESH_MS = 3_000;
/** While somebody has the screen, KubeVirt gives no picture: so the last one may be this old. */
const KEPT_MS = 60_000;
const MOST_BYTES = 64 * 1024 * 1024;

interface Picture {
  png: Buffer;
  at: number;
}

/** Pictures of machines' screens, shared by all who may see them. */
@Injectable()
export class Screenshots {
  private readonly pictures = new LRUCache<string, Picture>({
    maxSize: MOST_BYTES,
    sizeCalculation: ({ png }) => png.length + 1,
    ttl: KEPT_MS,
  });
  private readonly pending = new Map<string, Promise<Picture>>();

  constructor(
    private readonly machines: VirtualMachinesContract,
    private readonly access: AccessContract,
    private readonly cluster: ClusterClient,
  ) {}

  /** PNG. Throws vm.not_found, console.not_available, console.in_use, or what the cluster refuses. */
  async of(principal: Principal, project: ProjectRef, name: string): Promise<Buffer> {
    const { uid } = requireConsole(this.machines.find(project, name), name, 'vnc');
    const last = this.pictures.get(uid);
    if (last && Date.now() - last.at < FRESH_MS) return last.png;
    const taking = this.pending.get(uid) ?? this.take(principal, project, name, uid);
    try {
      return (await taking).png;
    } catch (error) {
      if (clusterFailureDetails(error)?.reason !== 'ActiveVnc') throw error;
      if (last) return last.png;
      throw consoleInUse('While somebody has the screen, no picture of it can be taken.');
    }
  }

  private take(principal: Principal, project: ProjectRef, name: string, uid: string): Promise<Picture> {
    const taking = this.ask(principal, project, name)
      .then((png) => {
        const picture = { png, at: Date.now() };
        this.pictures.set(uid, picture);
        return picture;
      })
      .finally(() => this.pending.delete(uid));
    this.pending.set(uid, taking);
    return taking;
  }

  private async ask(principal: Principal, project: ProjectRef, name: string): Promise<Buffer> {
    const as = this.access.impersonationOf(principal, project);
    const png = await this.cluster.subresource(
      project.namespace,
      'virtualmachineinstances',
      name,
      'vnc/screenshot',
      { method: 'GET', as },
    );
    if (!Buffer.isBuffer(png)) throw consoleNotAvailable('The cluster gave no picture of the screen.');
    return png;
  }
}
