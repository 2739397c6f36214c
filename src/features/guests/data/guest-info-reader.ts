import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { AccessContract } from '../../access/access.contract.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { guestAgentNotConnected, guestNotRunning } from '../domain/failures.js';
import { type GuestInfo, readGuestInfo } from '../domain/guest-info.js';
import type { ObservedGuest } from '../domain/observed.js';
import { GuestCaches } from './guest-caches.js';

/** Whoever polls does not make the guest answer more often than this. */
const FRESH_MS = 2_000;
const MAX_REMEMBERED = 2_000;

/**
 * Asks the guest agent through the cluster, as the caller. An agent flaps (it is away while a guest boots or is
 * frozen), so what a guest told last is kept in memory and answered, with its time, until its instance is gone.
 */
@Injectable()
export class GuestInfoReader {
  /** By uid of the instance; the oldest answer first. */
  readonly #told = new Map<string, { at: number; info: GuestInfo }>();
  readonly #asking = new Map<string, Promise<GuestInfo>>();

  constructor(
    private readonly machines: VirtualMachinesContract,
    private readonly caches: GuestCaches,
    private readonly cluster: ClusterClient,
    private readonly access: AccessContract,
    private readonly clock: Clock,
  ) {}

  /** Throws vm.not_found, guest.not_running, guest.agent_not_connected, and what the cluster says. */
  async of(principal: Principal, project: ProjectRef, name: string): Promise<GuestInfo> {
    this.machines.find(project, name);
    const guest = this.caches.guests.get(project.namespace, name);
    if (!guest?.running) throw guestNotRunning(`The virtual machine "${name}" is not running.`);
    const told = this.#told.get(guest.uid);
    if (!guest.agentConnected) {
      if (told) return { ...told.info, connected: false };
      throw guestAgentNotConnected(`The guest agent of "${name}" is not connected.`);
    }
    if (told && this.clock.now().getTime() - told.at < FRESH_MS) return told.info;
    try {
      return await this.#askOnce(principal, project, guest);
    } catch (error) {
      if (told) return { ...told.info, connected: false };
      throw error;
    }
  }

  /** Those who ask at once wait for one answer. All of them may see the machine. */
  #askOnce(principal: Principal, project: ProjectRef, guest: ObservedGuest): Promise<GuestInfo> {
    const asking = this.#asking.get(guest.uid);
    if (asking) return asking;
    const answer = this.#ask(principal, project, guest).finally(() => this.#asking.delete(guest.uid));
    this.#asking.set(guest.uid, answer);
    return answer;
  }

  async #ask(
    principal: Principal,
    project: ProjectRef,
    { namespace, name, uid, interfaces }: ObservedGuest,
  ): Promise<GuestInfo> {
    const as = this.access.impersonationOf(principal, project);
    const request = { method: 'GET' as const, as };
    const answer = await this.cluster.subresource(
      namespace,
      'virtualmachineinstances',
      name,
      'guestosinfo',
      request,
    );
    const now = this.clock.now();
    const info = readGuestInfo(answer, interfaces, now);
    this.#told.delete(uid);
    this.#told.set(uid, { at: now.getTime(), info });
    const [oldest] = this.#told.keys();
    if (this.#told.size > MAX_REMEMBERED && oldest) this.#told.delete(oldest);
    return info;
  }
}
