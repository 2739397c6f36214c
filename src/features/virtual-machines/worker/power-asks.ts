import { Injectable } from '@nestjs/common';
import { unavailable } from '../../../kernel/failures.js';
import type { ClusterObject, Impersonation } from '../../../platform/cluster/cluster-client.js';
import { VIRTUAL_MACHINE, VIRTUAL_MACHINE_INSTANCE } from '../../../platform/cluster/kinds.js';
import { isCode, TenantAsks } from '../../access/tenant-asks.contract.js';
import type { OperationRecord } from '../../operations/operations.contract.js';
import { observeInstance } from '../data/cluster-views.js';
import { observeMachine } from '../data/machine-view.js';
import { vmNotFound, vmNotPaused, vmNotRunning, vmPaused } from '../domain/failures.js';
import { type PowerAction, type PowerOptions, permissionOf, situationOf } from '../domain/power.js';
import { powerRequest } from '../domain/power-request.js';
import { START_AGAIN } from '../operation-kinds.js';

export interface PowerInput {
  action: PowerAction;
  options: PowerOptions;
  /** Of the machine and of what ran when the action was begun. */
  uid: string;
  instanceUid: string | null;
  /** What KubeVirt's start would overwrite with Always: the run strategy that its owner wants. */
  wanted?: 'Manual' | 'RerunOnFailure' | null;
}

export const powerInput = (operation: OperationRecord): PowerInput =>
  operation.input as unknown as PowerInput;

/** Asks KubeVirt for a power action; meeting its own earlier delivery is success, and is looked at, never assumed. */
@Injectable()
export class PowerAsks {
  constructor(private readonly asks: TenantAsks) {}

  async ask(operation: OperationRecord, step = 'request'): Promise<Record<string, string>> {
    const { action, wanted } = powerInput(operation);
    const started = action === 'start';
    if (started && wanted === 'Manual') await this.#want(operation, 'Halted', wanted);
    const request = (as: Impersonation) => this.#request(operation, step, as);
    const notes = await this.asks.run(operation, permissionOf(action), request);
    // It runs the machine once whatever runs by then, so it may come after the start.
    if (started && wanted === 'RerunOnFailure' && !notes.waitsFor) {
      await this.#want(operation, 'Always', wanted);
    }
    return notes;
  }

  /** Brings the wanted run strategy back from KubeVirt's own. In nobody's name: who may start need not be an editor. */
  async #want(operation: OperationRecord, from: string, wanted: string): Promise<void> {
    const { namespace } = operation.project;
    const { name } = operation.target;
    const found = await this.asks.find(VIRTUAL_MACHINE, namespace, name);
    const running = await this.asks.find(VIRTUAL_MACHINE_INSTANCE, namespace, name);
    if (found?.spec?.runStrategy !== from || found.metadata.uid !== powerInput(operation).uid) return;
    // Of a machine that shuts down it is what ends it.
    if (from === 'Halted' && running) return;
    const { uid, resourceVersion } = found.metadata;
    const body = { metadata: { uid, resourceVersion }, spec: { runStrategy: wanted } };
    await this.asks.runForVirtgate(operation, (as) =>
      this.asks.cluster.patch(VIRTUAL_MACHINE, namespace, name, { type: 'merge', body }, { as }),
    );
  }

  async #request(
    operation: OperationRecord,
    step: string,
    as: Impersonation,
  ): Promise<Record<string, string>> {
    const { action, options, instanceUid } = powerInput(operation);
    const { namespace } = operation.project;
    const { name } = operation.target;
    // A restart that was delivered twice must not restart twice.
    if (action === 'restart' && (await this.#hasNewInstance(namespace, name, instanceUid))) return {};
    const { resource, subresource, body } = powerRequest(action, options);
    try {
      await this.asks.cluster.subresource(namespace, resource, name, subresource, {
        method: 'PUT',
        body,
        as,
      });
      return {};
    } catch (error) {
      if (isCode(error, 'cluster.not_found')) {
        throw resource === 'virtualmachines' ? vmNotFound() : vmNotRunning();
      }
      if (isCode(error, 'cluster.state_conflict')) return this.#verify(operation, step, error);
      throw error;
    }
  }

  async #hasNewInstance(namespace: string, name: string, before: string | null): Promise<boolean> {
    const found = await this.asks.find(VIRTUAL_MACHINE_INSTANCE, namespace, name);
    return found !== null && before !== null && found.metadata.uid !== before;
  }

  /**
   * KubeVirt refuses for the state that it is in: it may already be the one that was asked for, or still be on the way
   * out of another ("already running" is also said while the old instance shuts down).
   */
  async #verify(operation: OperationRecord, step: string, refusal: Error): Promise<Record<string, string>> {
    const { action, instanceUid } = powerInput(operation);
    const { namespace } = operation.project;
    const { name } = operation.target;
    const found = await this.asks.find(VIRTUAL_MACHINE, namespace, name);
    if (!found) throw vmNotFound();
    const running = await this.asks.find(VIRTUAL_MACHINE_INSTANCE, namespace, name);
    const instance = running ? observeInstance(asObject(running)) : undefined;
    const now = situationOf(observeMachine(asObject(found)), instance);
    const met = {};
    const again = () => unavailable(`The cluster says: ${refusal.message}`, { cause: refusal });
    switch (action) {
      case 'start':
        if (now.stopping || (now.instance && isStopAsked(found))) {
          if (step === START_AGAIN) throw again();
          return { waitsFor: instance?.uid ?? '' };
        }
        if (now.instance || now.wantedRunning) return met;
        throw again();
      case 'stop':
        if (!now.instance || instance?.deleting || !now.wantedRunning) return met;
        throw again();
      case 'restart':
        if (now.instance && instance?.uid !== instanceUid) return met;
        throw now.instance ? again() : vmNotRunning();
      case 'pause':
        if (now.paused) return met;
        throw now.running ? refusal : vmNotRunning();
      case 'unpause':
        if (now.running && !now.paused) return met;
        throw now.running ? refusal : vmNotRunning();
      default:
        if (!now.running) throw vmNotRunning();
        throw now.paused ? (action === 'soft-reboot' ? vmPaused() : vmNotPaused()) : refusal;
    }
  }
}

/** KubeVirt keeps what it is asked of Manual and RerunOnFailure machines until it has done it. */
const isStopAsked = ({ spec, status }: ClusterObject): boolean =>
  spec?.runStrategy !== 'Always' &&
  (status?.stateChangeRequests ?? []).some(({ action }: { action?: string }) => action === 'Stop') &&
  !(status?.stateChangeRequests ?? []).some(({ action }: { action?: string }) => action === 'Start');

const asObject = (found: object) => found as Parameters<typeof observeMachine>[0];
