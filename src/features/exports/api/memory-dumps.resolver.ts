import { Args, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { Failure } from '../../../kernel/failure.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { type Outcome, type Preview } from '../../operations/outcome.contract.js';
import { DumpMemory } from '../commands/dump-memory.js';
import { memoryDumpNotFound } from '../domain/failures.js';
import { DumpVirtualMachineMemoryInput, RemoveMemoryDumpInput } from './exports.dto.js';
import type { MemoryDumpViewDto } from './views.dto.js';

interface DumpPayload {
  operation: OperationView | null;
  preview: Preview | null;
}

const payloadOf = (outcome: Outcome): DumpPayload => ({
  operation: outcome.preview ? null : outcome.operation,
  preview: outcome.preview ?? null,
});

@Resolver()
export class MemoryDumpsResolver {
  constructor(private readonly dumps: DumpMemory) {}

  @Mutation('dumpVirtualMachineMemory')
  @Requires('exports:create')
  async dump(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { virtualMachine, claim, size, storageClass }: DumpVirtualMachineMemoryInput,
  ): Promise<DumpPayload> {
    const body = { claim, size, storageClass };
    return payloadOf(await this.dumps.begin({ principal, project }, virtualMachine, body));
  }

  @Mutation('removeMemoryDump')
  @Requires('exports:delete')
  async remove(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { virtualMachine, disk }: RemoveMemoryDumpInput,
  ): Promise<DumpPayload> {
    return payloadOf(await this.dumps.remove({ principal, project }, virtualMachine, disk === 'DELETE'));
  }
}

@Resolver('VirtualMachine')
export class MachineDumpResolver {
  constructor(private readonly dumps: DumpMemory) {}

  @ResolveField('memoryDump')
  @Requires('vms:read')
  memoryDump(
    @CurrentProject() project: ProjectRef,
    @Parent() { name }: { name: string },
  ): MemoryDumpViewDto | null {
    try {
      const { claim, ...dump } = this.dumps.get(project, name);
      return { disk: claim, ...dump };
    } catch (error) {
      if (error instanceof Failure && error.definition === memoryDumpNotFound.definition) return null;
      throw error;
    }
  }
}
