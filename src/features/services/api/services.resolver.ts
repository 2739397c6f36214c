import { Args, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { type Outcome, type Preview } from '../../operations/outcome.contract.js';
import { ExposeVm } from '../commands/expose-vm.js';
import { ServiceCaches } from '../data/service-caches.js';
import type { ServiceView } from '../domain/service.js';
import { ExposeVirtualMachineInput, UnexposeVirtualMachineInput } from './service.dto.js';

interface Payload {
  operation: OperationView | null;
  preview: Preview | null;
}

const payloadOf = (outcome: Outcome): Payload => ({
  operation: outcome.preview ? null : outcome.operation,
  preview: outcome.preview ?? null,
});

@Resolver()
export class ServicesResolver {
  constructor(private readonly exposing: ExposeVm) {}

  @Mutation('exposeVirtualMachine')
  @Requires('vms:update')
  async expose(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { project: _project, virtualMachine, ...body }: ExposeVirtualMachineInput,
  ): Promise<Payload> {
    return payloadOf(await this.exposing.expose({ principal, project }, virtualMachine, body));
  }

  @Mutation('unexposeVirtualMachine')
  @Requires('vms:update')
  async unexpose(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { virtualMachine, service }: UnexposeVirtualMachineInput,
  ): Promise<Payload> {
    return payloadOf(await this.exposing.unexpose({ principal, project }, virtualMachine, service));
  }
}

@Resolver('VirtualMachine')
export class MachineServicesResolver {
  constructor(private readonly caches: ServiceCaches) {}

  @ResolveField('services')
  @Requires('vms:read')
  services(
    @CurrentProject() { namespace }: ProjectRef,
    @Parent() { name }: { name: string },
  ): readonly ServiceView[] {
    return this.caches.ofMachine(namespace, name);
  }
}
