import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Failure } from '../../../kernel/failure.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { ClusterClient, type Impersonation } from '../../../platform/cluster/cluster-client.js';
import { clusterFailureDetails } from '../../../platform/cluster/status-to-failure.js';
import { consoleInUse, consolePortClosed } from '../domain/console-failures.js';
import type { ConsoleSessionRow } from './console-sessions.js';

/** The cluster notices later than virtgate that somebody has left: who comes right after them is not turned away. */
const LEAVING_MS = 3_000;
const LOOK_MS = 100;

/** The guest's side of consoles, by KubeVirt's subresources. */
@Injectable()
export class GuestStreams {
  constructor(private readonly cluster: ClusterClient) {}

  /** Throws console.in_use, console.port_closed, or what the cluster refuses. */
  async open(session: ConsoleSessionRow, project: ProjectRef, as: Impersonation): Promise<Duplex> {
    const deadline = Date.now() + LEAVING_MS;
    for (;;) {
      try {
        return await this.dial(session, project, as);
      } catch (error) {
        const left = error instanceof Failure && error.definition === consoleInUse.definition;
        if (!left || Date.now() > deadline) throw error;
        await sleep(LOOK_MS);
      }
    }
  }

  private async dial(session: ConsoleSessionRow, project: ProjectRef, as: Impersonation): Promise<Duplex> {
    const { type, port, take_over: takeOver } = session;
    const subresource = { serial: 'console', vnc: 'vnc', 'port-forward': `portforward/${port}/tcp` }[type];
    // KubeVirt 1.7 knows how to keep whoever came around virtgate; those before do not read the question.
    const query = type === 'vnc' && !takeOver ? { preserveSession: 'true' } : undefined;
    try {
      return await this.cluster.connect(
        project.namespace,
        'virtualmachineinstances',
        session.vm_name,
        subresource,
        { as, query },
      );
    } catch (error) {
      const reason = clusterFailureDetails(error)?.reason;
      if (reason === 'ActiveVnc')
        throw consoleInUse('Somebody is connected to the screen, but not by virtgate.');
      if (reason === 'PortClosed')
        throw consolePortClosed(`Port ${port} of "${session.vm_name}" does not answer.`);
      throw error;
    }
  }
}
