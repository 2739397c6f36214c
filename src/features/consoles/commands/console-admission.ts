import { Injectable } from '@nestjs/common';
import { requestInvalid } from '../../../kernel/failures.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { ClusterCapabilities } from '../../../platform/cluster/cluster-capabilities.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { ConsoleSessions } from '../data/console-sessions.js';
import { requireConsole } from '../domain/console-access.js';
import { consoleInUse, consolePortForbidden, consoleUnsafe } from '../domain/console-failures.js';
import { ConsoleLimits } from '../domain/console-limits.js';
import type { ConsoleType } from '../domain/console-session.js';

export interface WantedConsole {
  project: ProjectRef;
  virtualMachine: string;
  type: ConsoleType;
  port: number | null;
  takeOver: boolean;
}

/** Whether this console can be had now: asked for a ticket, and again when the ticket connects. */
@Injectable()
export class ConsoleAdmission {
  constructor(
    private readonly machines: VirtualMachinesContract,
    private readonly sessions: ConsoleSessions,
    private readonly limits: ConsoleLimits,
    private readonly capabilities: ClusterCapabilities,
  ) {}

  /**
   * The machine's uid. `self` is a session that is connecting: whoever came before it is in its way. Throws vm.not_found, console.not_available, console.in_use,
   * console.port_forbidden, console.unsafe.
   */
  async admit(wanted: WantedConsole, self?: string): Promise<string> {
    const { project, virtualMachine, type, port, takeOver } = wanted;
    this.checkPort(type, port);
    if (takeOver && type === 'port-forward') {
      throw invalid('/takeOver', "A port-forward takes nobody's place.");
    }
    const machine = this.machines.find(project, virtualMachine);
    if (type !== 'port-forward') await this.requireSafe();
    const { uid } = requireConsole(machine, virtualMachine, type);
    // KubeVirt lets one client in to a screen.
    if (type === 'vnc' && !takeOver) await this.requireFree(uid, virtualMachine, self);
    return uid;
  }

  private checkPort(type: ConsoleType, port: number | null): void {
    if (type !== 'port-forward') {
      if (port !== null) throw invalid('/port', 'Only a port-forward has a port.');
      return;
    }
    if (port === null) throw invalid('/port', 'A port-forward needs a port.');
    if (!this.limits.allowsPort(port)) throw consolePortForbidden(`Port ${port} is not among those allowed.`);
  }

  private async requireSafe(): Promise<void> {
    const { kubevirt } = await this.capabilities.current();
    if (!this.limits.allowsRelease(kubevirt)) throw consoleUnsafe(`KubeVirt ${kubevirt} has CVE-2026-7374.`);
  }

  private async requireFree(uid: string, name: string, self?: string): Promise<void> {
    // Who was told to end has it no more, though their gateway may never hear of it.
    const holder = (await this.sessions.openOf(uid, 'vnc')).find(
      ({ end_reason, revoked_at }) => end_reason === null && revoked_at === null,
    );
    if (!holder || holder.id === self) return;
    const since = holder.connected_at?.toISOString();
    throw consoleInUse(`"${holder.principal_name}" has had the screen of "${name}" since ${since}.`);
  }
}

const invalid = (pointer: string, message: string) =>
  requestInvalid(message, { errors: [{ pointer, code: 'invalid', message }] });
