import { Injectable } from '@nestjs/common';
import { SERVICE, VIRTUAL_MACHINE } from '../../../platform/cluster/kinds.js';
import { isCode, TenantAsks } from '../../access/tenant-asks.contract.js';
import type { OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { ServiceCaches } from '../data/service-caches.js';
import { serviceExists, serviceMachineGone } from '../domain/failures.js';
import { OPERATION_ANNOTATION, serviceManifest } from '../domain/service-manifest.js';
import { EXPOSE_KIND, UNEXPOSE_KIND } from '../operation-kinds.js';
import { nextOfExpose, nextOfUnexpose, type ServiceObserved, serviceInput } from './exposing.js';

type Notes = Record<string, string>;

/** What services ask of the cluster. */
@Injectable()
export class ServiceAsks {
  constructor(
    private readonly asks: TenantAsks,
    private readonly caches: ServiceCaches,
  ) {}

  observe(operation: OperationRecord): ServiceObserved {
    const { namespace } = operation.project;
    return {
      machineUid: this.caches.machines.get(namespace, operation.target.name)?.uid,
      service: this.caches.services.get(namespace, serviceInput(operation).service.name),
    };
  }

  create(operation: OperationRecord): Promise<Notes> {
    const { namespace } = operation.project;
    const { uid, service } = serviceInput(operation);
    return this.asks.run(operation, 'vms:update', async (as) => {
      const machine = await this.asks.find(VIRTUAL_MACHINE, namespace, operation.target.name);
      if (machine?.metadata.uid !== uid) throw serviceMachineGone();
      const manifest = serviceManifest(operation, { name: operation.target.name, uid }, service);
      try {
        await this.asks.cluster.create(SERVICE, namespace, manifest, { as });
      } catch (error) {
        if (!isCode(error, 'cluster.already_exists')) throw error;
        const present = await this.asks.find(SERVICE, namespace, service.name);
        // It may be from an earlier delivery of this job.
        if (present?.metadata.annotations?.[OPERATION_ANNOTATION] !== operation.id) {
          throw serviceExists(`There is a service "${service.name}" in this project.`);
        }
      }
      return {};
    });
  }

  /** Taking away what is not there any more is success. */
  delete(operation: OperationRecord): Promise<Notes> {
    const { namespace } = operation.project;
    const { service, serviceUid } = serviceInput(operation);
    return this.asks.run(operation, 'vms:update', async (as) => {
      const present = await this.asks.find(SERVICE, namespace, service.name);
      if (present?.metadata.uid !== serviceUid) return {};
      try {
        await this.asks.cluster.delete(SERVICE, namespace, service.name, { as });
      } catch (error) {
        if (!isCode(error, 'cluster.not_found')) throw error;
      }
      return {};
    });
  }
}

/** `vm.expose`. */
@Injectable()
export class ExposeMachine implements OperationMachine<ServiceObserved> {
  readonly kind = EXPOSE_KIND.kind;

  constructor(private readonly asks: ServiceAsks) {}

  observe(operation: OperationRecord): ServiceObserved {
    return this.asks.observe(operation);
  }

  next(operation: OperationRecord, observed: ServiceObserved, now: Date) {
    return nextOfExpose(operation, observed, now);
  }

  async ask(operation: OperationRecord, step: string): Promise<Notes> {
    return step === 'create-service' ? this.asks.create(operation) : {};
  }
}

/** `vm.unexpose`. */
@Injectable()
export class UnexposeMachine implements OperationMachine<ServiceObserved> {
  readonly kind = UNEXPOSE_KIND.kind;

  constructor(private readonly asks: ServiceAsks) {}

  observe(operation: OperationRecord): ServiceObserved {
    return this.asks.observe(operation);
  }

  next(operation: OperationRecord, observed: ServiceObserved, now: Date) {
    return nextOfUnexpose(operation, observed, now);
  }

  async ask(operation: OperationRecord, step: string): Promise<Notes> {
    return step === 'delete-service' ? this.asks.delete(operation) : {};
  }
}
