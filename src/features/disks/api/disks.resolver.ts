import { Args, Mutation, ResolveField, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { assertIfMatch } from '../../../platform/http/etag.js';
import type { Connection } from '../../../platform/paging/connection.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { type Outcome, type Preview } from '../../operations/outcome.contract.js';
import { ChangeDisk } from '../commands/change-disk.js';
import { CreateDisk } from '../commands/create-disk.js';
import { DeleteDisk } from '../commands/delete-disk.js';
import type { DiskOrder, DiskRow } from '../data/disk-row.js';
import {
  CreateDiskInput,
  DeleteDiskInput,
  DisksArgs,
  ExpandDiskInput,
  UpdateDiskInput,
} from './disk-inputs.dto.js';
import { DiskReads } from './disk-reads.js';

const ORDERS: Record<string, DiskOrder> = {
  NAME: 'name',
  NAME_DESC: '-name',
  CREATED_AT: 'createdAt',
  CREATED_AT_DESC: '-createdAt',
};

/** A project's disks. The disks themselves are read from plain properties of their rows. */
@Resolver('Project')
export class ProjectDisksResolver {
  constructor(private readonly reads: DiskReads) {}

  @ResolveField('disks')
  @Requires('disks:read')
  disks(@CurrentProject() project: ProjectRef, @Args() args: DisksArgs): Connection<DiskRow> {
    const { virtualMachine, ...filter } = args.filter ?? {};
    const order = ORDERS[args.orderBy ?? 'NAME'] ?? 'name';
    return this.reads.connection(project, { ...filter, machine: virtualMachine }, order, args);
  }

  @ResolveField('disk')
  @Requires('disks:read')
  disk(@CurrentProject() project: ProjectRef, @Args('name') name: string): DiskRow | null {
    return this.reads.find(project, name);
  }
}

interface DiskPayload {
  operation: OperationView | null;
  disk: DiskRow | null;
  preview: Preview | null;
}

@Resolver()
export class DiskMutationsResolver {
  constructor(
    private readonly reads: DiskReads,
    private readonly creating: CreateDisk,
    private readonly changing: ChangeDisk,
    private readonly deleting: DeleteDisk,
  ) {}

  @Mutation('createDisk')
  @Requires('disks:create')
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { project: _project, ...body }: CreateDiskInput,
  ): Promise<DiskPayload> {
    return this.#payload(project, body.name, await this.creating.execute({ principal, project }, body));
  }

  @Mutation('updateDisk')
  @Requires('disks:update')
  async update(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { project: _project, name, ifMatch, ...body }: UpdateDiskInput,
  ): Promise<DiskPayload> {
    this.#assertUnchanged(project, name, ifMatch);
    return this.#payload(project, name, await this.changing.execute({ principal, project }, name, body));
  }

  @Mutation('expandDisk')
  @Requires('disks:update')
  async expand(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { name, size, ifMatch }: ExpandDiskInput,
  ): Promise<DiskPayload> {
    this.#assertUnchanged(project, name, ifMatch);
    return this.#payload(project, name, await this.changing.execute({ principal, project }, name, { size }));
  }

  @Mutation('deleteDisk')
  @Requires('disks:delete')
  async delete(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { name, ifMatch }: DeleteDiskInput,
  ): Promise<DiskPayload> {
    this.#assertUnchanged(project, name, ifMatch);
    return this.#payload(project, name, await this.deleting.execute({ principal, project }, name));
  }

  #payload(project: ProjectRef, name: string, outcome: Outcome): DiskPayload {
    const disk = this.reads.find(project, name);
    if (outcome.preview) return { operation: null, disk, preview: outcome.preview };
    return { operation: outcome.operation, disk, preview: null };
  }

  #assertUnchanged(project: ProjectRef, name: string, ifMatch: string | null | undefined): void {
    if (ifMatch) assertIfMatch({ 'if-match': ifMatch }, this.reads.get(project, name).version);
  }
}
