import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import { vmNotFound } from '../domain/failures.js';
import { situationOf } from '../domain/power.js';
import { type MachineFacts, VirtualMachinesContract } from '../virtual-machines.contract.js';
import { MachineCaches } from './machine-caches.js';

@Injectable()
export class CachedMachineFacts extends VirtualMachinesContract {
  constructor(private readonly caches: MachineCaches) {
    super();
  }

  find({ namespace }: Pick<ProjectRef, 'namespace'>, name: string): MachineFacts {
    const machine = this.caches.machines.get(namespace, name);
    if (!machine) throw vmNotFound(`There is no virtual machine "${name}" in this project.`);
    const instance = this.caches.instances.get(namespace, name);
    const { running, paused } = situationOf(machine, instance);
    return {
      uid: machine.uid,
      name,
      state: machine.state,
      running,
      paused,
      serialConsole: machine.serialConsole,
      graphics: machine.graphics,
      agentConnected: instance?.agentConnected ?? false,
      node: instance?.node ?? null,
    };
  }

  onChange(listener: (namespace: string, name: string) => void): () => void {
    return this.caches.onChange(listener);
  }
}
