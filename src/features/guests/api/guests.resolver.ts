import { Args, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { Failure } from '../../../kernel/failure.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { type Preview } from '../../operations/outcome.contract.js';
import { SetSshKeys } from '../commands/set-ssh-keys.js';
import { GuestInfoReader } from '../data/guest-info-reader.js';
import { guestAgentNotConnected, guestNotRunning } from '../domain/failures.js';
import type { GuestInfo } from '../domain/guest-info.js';
import { SetSshKeysInput } from './guests.dto.js';
import { type SshAccessView, SshReads } from './ssh-reads.js';

@Resolver()
export class GuestMutationsResolver {
  constructor(private readonly setting: SetSshKeys) {}

  @Mutation('setSshKeys')
  @Requires('vms:update')
  async setSshKeys(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { virtualMachine, user, keys }: SetSshKeysInput,
  ): Promise<{ operation: OperationView | null; preview: Preview | null }> {
    const outcome = await this.setting.execute({ principal, project }, virtualMachine, { user, keys });
    return {
      operation: outcome.preview ? null : outcome.operation,
      preview: outcome.preview ?? null,
    };
  }
}

const SILENT = new Set([guestAgentNotConnected.definition.code, guestNotRunning.definition.code]);

@Resolver('VirtualMachine')
export class MachineGuestResolver {
  constructor(
    private readonly reader: GuestInfoReader,
    private readonly reads: SshReads,
  ) {}

  /** Null where nobody tells: of a list of machines, some are off. */
  @ResolveField('guestInfo')
  @Requires('vms:read')
  async guestInfo(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Parent() { name }: { name: string },
  ): Promise<GuestInfo | null> {
    try {
      return await this.reader.of(principal, project, name);
    } catch (error) {
      if (error instanceof Failure && SILENT.has(error.code)) return null;
      throw error;
    }
  }

  @ResolveField('sshAccess')
  @Requires('vms:read')
  sshAccess(@CurrentProject() project: ProjectRef, @Parent() { name }: { name: string }): SshAccessView {
    return this.reads.get(project, name);
  }
}
