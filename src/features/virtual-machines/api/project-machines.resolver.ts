import { Args, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { ProjectRef } from '../../../kernel/principal.js';
import { CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { LiveManifest } from '../data/live-manifest.js';
import { MachineAssociations } from '../data/machine-associations.js';
import type { MachineEvent } from '../data/machine-events.js';
import { MACHINE_TYPE, type MachineRow } from '../data/machine-row.js';
import type { MachineOrder } from '../data/sorted-rows.js';
import type { AssociatedResources } from '../domain/associated-resources.js';
import type { ExportedManifest } from '../domain/exported-manifest.js';
import { EventArgs, MachinesArgs } from './inputs.dto.js';
import { MachineReads } from './machine-reads.js';

const ORDERS: Record<string, MachineOrder> = {
  NAME: 'name',
  NAME_DESC: '-name',
  CREATED_AT: 'createdAt',
  CREATED_AT_DESC: '-createdAt',
  STATE: 'state',
  STATE_DESC: '-state',
};

/** A project's machines. The machines themselves are read from plain properties of their rows. */
@Resolver('Project')
export class ProjectMachinesResolver {
  constructor(private readonly reads: MachineReads) {}

  @ResolveField('virtualMachines')
  @Requires('vms:read')
  virtualMachines(@CurrentProject() project: ProjectRef, @Args() args: MachinesArgs): Connection<MachineRow> {
    const { filter, orderBy } = args;
    return this.reads.connection(project, filter ?? {}, ORDERS[orderBy ?? 'NAME'] ?? 'name', args);
  }

  @ResolveField('virtualMachine')
  @Requires('vms:read')
  virtualMachine(@CurrentProject() project: ProjectRef, @Args('name') name: string): MachineRow | null {
    return this.reads.find(project, name);
  }
}

/** The fields of a machine that its row does not hold. */
@Resolver(MACHINE_TYPE)
export class VirtualMachineResolver {
  constructor(
    private readonly reads: MachineReads,
    private readonly manifests: LiveManifest,
    private readonly associations: MachineAssociations,
  ) {}

  @ResolveField('events')
  @Requires('vms:read')
  events(@Parent() row: MachineRow, @Args() args: EventArgs): Connection<MachineEvent> {
    return this.reads.eventConnection(row, args.type ?? null, args);
  }

  @ResolveField('associatedResources')
  @Requires('vms:read')
  associatedResources(
    @CurrentProject() project: ProjectRef,
    @Parent() row: MachineRow,
  ): Promise<AssociatedResources> {
    return this.associations.of(project, row.name);
  }

  @ResolveField('manifest')
  @Requires('vms:read')
  manifest(@CurrentProject() project: ProjectRef, @Parent() row: MachineRow): Promise<ExportedManifest> {
    return this.manifests.of(project, row.name);
  }
}
