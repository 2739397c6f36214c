import { Args, ResolveField, Resolver } from '@nestjs/graphql';
import type { ProjectRef } from '../../../kernel/principal.js';
import { CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import type { Connection } from '../../../platform/paging/connection.js';
import type { RestoreRow } from '../data/restore-directory.js';
import { RestoresArgs } from './restore.dto.js';
import { RestoreReads } from './restore-reads.js';

@Resolver('Project')
export class ProjectRestoresResolver {
  constructor(private readonly reads: RestoreReads) {}

  @ResolveField('restores')
  @Requires('snapshots:read')
  restores(@CurrentProject() project: ProjectRef, @Args() args: RestoresArgs): Connection<RestoreRow> {
    const { virtualMachine: vm, snapshot } = args;
    return this.reads.connection(project, { vm, snapshot }, args);
  }

  @ResolveField('restore')
  @Requires('snapshots:read')
  restore(@CurrentProject() project: ProjectRef, @Args('name') name: string): RestoreRow | null {
    return this.reads.find(project, name);
  }
}
