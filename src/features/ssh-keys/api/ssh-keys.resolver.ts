import type { OnModuleInit } from '@nestjs/common';
import { Args, Mutation, ResolveField, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { NodeLoaders } from '../../../platform/graphql/node-loader.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { ChangeSshKey } from '../commands/change-ssh-key.js';
import { CreateSshKey } from '../commands/create-ssh-key.js';
import { DeleteSshKey } from '../commands/delete-ssh-key.js';
import { SshKeyStore } from '../data/ssh-key-store.js';
import { CreateSshKeyInput, DeleteSshKeyInput, SshKeysArgs, UpdateSshKeyInput } from './inputs.dto.js';
import { SSH_KEY_TYPE, SshKeyReads, type SshKeyRow } from './ssh-key-reads.js';

@Resolver()
export class SshKeyMutationsResolver {
  constructor(
    private readonly reads: SshKeyReads,
    private readonly creating: CreateSshKey,
    private readonly changing: ChangeSshKey,
    private readonly deleting: DeleteSshKey,
  ) {}

  @Mutation('createSshKey')
  @Requires('ssh-keys:manage')
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { name, publicKey, automatic }: CreateSshKeyInput,
  ): Promise<{ sshKey: SshKeyRow }> {
    const wanted = { name, publicKey, automatic: automatic ?? false };
    const key = await this.creating.execute(principal, project, wanted);
    return { sshKey: this.reads.row(project, key) };
  }

  @Mutation('updateSshKey')
  @Requires('ssh-keys:manage')
  async update(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { name, automatic, ifMatch }: UpdateSshKeyInput,
  ): Promise<{ sshKey: SshKeyRow }> {
    const expect = await this.reads.expectation(project, name, ifMatch);
    const key = await this.changing.execute(principal, project, { name, automatic }, expect);
    return { sshKey: this.reads.row(project, key) };
  }

  @Mutation('deleteSshKey')
  @Requires('ssh-keys:manage')
  async delete(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { name, ifMatch }: DeleteSshKeyInput,
  ): Promise<{ deletedName: string }> {
    const expect = await this.reads.expectation(project, name, ifMatch);
    await this.deleting.execute(principal, project, name, expect);
    return { deletedName: name };
  }
}

@Resolver('Project')
export class ProjectSshKeysResolver implements OnModuleInit {
  constructor(
    private readonly reads: SshKeyReads,
    private readonly keys: SshKeyStore,
    private readonly projects: ProjectDirectory,
    private readonly access: AccessPort,
    private readonly nodes: NodeLoaders,
  ) {}

  onModuleInit(): void {
    this.nodes.register(SSH_KEY_TYPE, async (id, principal) => {
      const key = await this.keys.byId(id);
      const project = key && this.projects.byId(key.projectId);
      if (!project || !this.access.allows(principal, 'ssh-keys:read', project)) return null;
      return this.reads.row(project, key);
    });
  }

  @ResolveField('sshKeys')
  @Requires('ssh-keys:read')
  all(@CurrentProject() project: ProjectRef, @Args() args: SshKeysArgs): Promise<Connection<SshKeyRow>> {
    return this.reads.connection(project, args);
  }

  @ResolveField('sshKey')
  @Requires('ssh-keys:read')
  one(@CurrentProject() project: ProjectRef, @Args('name') name: string): Promise<SshKeyRow | null> {
    return this.reads.find(project, name);
  }
}
