import { Args, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import type { Connection } from '../../../platform/paging/connection.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { type Preview } from '../../operations/outcome.contract.js';
import { MigrateVm } from '../commands/migrate-vm.js';
import type { MigrationRow } from '../data/migration-directory.js';
import {
  MachineMigrationsArgs,
  MigrateVirtualMachineInput,
  ORDER_OF,
  PlatformMigrationsArgs,
  ProjectMigrationsArgs,
} from './inputs.dto.js';
import { MigrationReads } from './migration-reads.js';

interface MigratePayload {
  operation: OperationView | null;
  preview: Preview | null;
}

@Resolver()
export class MigrationsResolver {
  constructor(
    private readonly reads: MigrationReads,
    private readonly migrating: MigrateVm,
  ) {}

  @Mutation('migrateVirtualMachine')
  @Requires('vms:migrate')
  async migrate(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { name, targetNode }: MigrateVirtualMachineInput,
  ): Promise<MigratePayload> {
    const outcome = await this.migrating.execute({ principal, project }, name, targetNode ?? null);
    return outcome.preview
      ? { operation: null, preview: outcome.preview }
      : { operation: outcome.operation, preview: null };
  }

  @Query('migrations')
  @Requires('migrations:read', 'platform')
  migrations(@Args() args: PlatformMigrationsArgs): Connection<MigrationRow> {
    const { virtualMachine: vm, ...filter } = args.filter ?? {};
    return this.reads.connection(null, { ...filter, vm }, orderOf(args), args);
  }
}

@Resolver('Project')
export class ProjectMigrationsResolver {
  constructor(private readonly reads: MigrationReads) {}

  @ResolveField('migrations')
  @Requires('vms:read')
  migrations(
    @CurrentProject() project: ProjectRef,
    @Args() args: ProjectMigrationsArgs,
  ): Connection<MigrationRow> {
    const { virtualMachine: vm, ...filter } = args.filter ?? {};
    return this.reads.connection(project, { ...filter, vm }, orderOf(args), args);
  }

  @ResolveField('migration')
  @Requires('vms:read')
  migration(@CurrentProject() project: ProjectRef, @Args('name') name: string): MigrationRow | null {
    return this.reads.find(project, name);
  }
}

@Resolver('VirtualMachine')
export class MachineMigrationsResolver {
  constructor(private readonly reads: MigrationReads) {}

  @ResolveField('migrations')
  @Requires('vms:read')
  migrations(
    @CurrentProject() project: ProjectRef,
    @Parent() { name }: { name: string },
    @Args() args: MachineMigrationsArgs,
  ): Connection<MigrationRow> {
    return this.reads.connection(project, { ...args.filter, vm: name }, orderOf(args), args);
  }
}

const orderOf = ({ orderBy }: { orderBy?: keyof typeof ORDER_OF | null }) =>
  ORDER_OF[orderBy ?? 'CREATED_AT_DESC'];
