import { Injectable } from '@nestjs/common';
import type { Failure } from '../../../kernel/failure.js';
import { type Caller, isDryRun, type Outcome } from '../../operations/outcome.contract.js';
import { MachineCaches } from '../data/machine-caches.js';
import { vmNotFound } from '../domain/failures.js';
import {
  kindOf,
  type PowerAction,
  type PowerOptions,
  refusalOf,
  situationOf,
  supersededBy,
} from '../domain/power.js';
import { powerRequest } from '../domain/power-request.js';
import { MachineWork } from '../machine-work.contract.js';
import { StartRules } from './start-rules.js';
import { TenantCluster } from './tenant-cluster.js';

/** Starts, stops, restarts, pauses, unpauses, reboots or resets a virtual machine. */
@Injectable()
export class PowerVm {
  constructor(
    private readonly caches: MachineCaches,
    private readonly starting: StartRules,
    private readonly cluster: TenantCluster,
    private readonly work: MachineWork,
  ) {}

  async execute(
    caller: Caller,
    name: string,
    action: PowerAction,
    options: PowerOptions = {},
  ): Promise<Outcome> {
    const { namespace } = caller.project;
    const machine = this.caches.machines.get(namespace, name);
    if (!machine) throw vmNotFound(`There is no virtual machine "${name}" in this project.`);
    const instance = this.caches.instances.get(namespace, name);
    const situation = situationOf(machine, instance);
    const supersedes = supersededBy(action, options);
    const held = action === 'start' ? this.starting.refusal(machine) : null;
    const present = refusalOf(action, situation) ?? held;
    const refusal = await this.#refusal(caller, name, present, supersedes);
    const { uid, wantedRunStrategy } = machine;
    const wanted = action === 'start' ? wantedRunStrategy : null;
    const input = { action, options, uid, instanceUid: instance?.uid ?? null, wanted };
    const request = { kind: kindOf(action), name, input, supersedes };
    if (isDryRun()) {
      if (refusal) throw refusal;
      const warnings = [...(await this.work.rehearse(caller, request))];
      const { resource, subresource, body } = powerRequest(action, options);
      await this.cluster.wouldDo(caller, resource, name, subresource, body);
      const effect = `It asks for ${action} of the virtual machine "${name}", which is ${machine.state}.`;
      return { preview: { dryRun: true, manifests: [], warnings, effect } };
    }
    return { operation: await this.work.begin(caller, request, refusal) };
  }

  /** A start that the cluster has not taken yet can be stopped, although there is nothing to stop. */
  async #refusal(
    caller: Caller,
    name: string,
    refusal: Failure | null,
    supersedes: readonly string[],
  ): Promise<Failure | null> {
    if (!refusal || supersedes.length === 0) return refusal;
    const unfinished = await this.work.unfinished(caller, name);
    return unfinished.some(({ kind }) => supersedes.includes(kind)) ? null : refusal;
  }
}
