import { Args, Mutation, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import type { OperationView } from '../../operations/operations.contract.js';
import type { Outcome, Preview } from '../commands/caller.js';
import { DumpMemory } from '../commands/dump-memory.js';
import { DumpVirtualMachineMemoryInput, RemoveMemoryDumpInput } from './exports.dto.js';

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
