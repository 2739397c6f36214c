import { Injectable } from '@nestjs/common';
import { TenantPolicy } from '../../../platform/tenant-policy/tenant-policy.js';
import { type Caller, isDryRun, type Outcome } from '../../operations/outcome.contract.js';
import { MachineWork } from '../../virtual-machines/machine-work.contract.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { ServiceCaches } from '../data/service-caches.js';
import { serviceExists, serviceNotFound, serviceNotOpen } from '../domain/failures.js';
import { type ServiceBody, specifyService } from '../domain/service.js';
import { EXPOSE_KIND, UNEXPOSE_KIND } from '../operation-kinds.js';
import { ServiceRehearsal } from './service-rehearsal.js';

/** Makes a machine reachable under an address of its own, and takes that away again. */
@Injectable()
export class ExposeVm {
  constructor(
    private readonly machines: VirtualMachinesContract,
    private readonly caches: ServiceCaches,
    private readonly policy: TenantPolicy,
    private readonly work: MachineWork,
    private readonly rehearsal: ServiceRehearsal,
  ) {}

  /** Throws vm.not_found, request.invalid, vm.service_not_open, vm.service_exists, operation.in_progress. */
  async expose(caller: Caller, vm: string, body: ServiceBody): Promise<Outcome> {
    const { uid } = this.machines.find(caller.project, vm);
    const service = specifyService(body);
    if (!this.policy.serviceTypes.includes(service.type)) {
      throw serviceNotOpen(`Services of type ${service.type} are not open to tenants.`);
    }
    const taken = this.caches.services.get(caller.project.namespace, service.name);
    const refusal = taken ? serviceExists(`There is a service "${service.name}" in this project.`) : null;
    if (isDryRun()) {
      if (refusal) throw refusal;
      return { preview: await this.rehearsal.expose(caller, { name: vm, uid }, service) };
    }
    const input = { uid, service };
    const request = { kind: EXPOSE_KIND.kind, name: vm, input };
    return { operation: await this.work.begin(caller, request, refusal) };
  }

  /** Throws vm.not_found, vm.service_not_found, operation.in_progress. */
  async unexpose(caller: Caller, vm: string, name: string): Promise<Outcome> {
    const { uid } = this.machines.find(caller.project, vm);
    const found = this.caches.services.get(caller.project.namespace, name);
    if (found?.machine !== vm) throw serviceNotFound(`The virtual machine "${vm}" has no service "${name}".`);
    if (isDryRun()) {
      const effect = `It deletes the service "${name}" of the machine "${vm}".`;
      return { preview: { dryRun: true, manifests: [], warnings: [], effect } };
    }
    const input = { uid, service: { name }, serviceUid: found.uid };
    return { operation: await this.work.begin(caller, { kind: UNEXPOSE_KIND.kind, name: vm, input }) };
  }
}
