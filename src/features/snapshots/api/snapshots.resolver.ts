import { Args, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { assertIfMatch } from '../../../platform/http/etag.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { type Outcome, type Preview } from '../../operations/outcome.contract.js';
import { CreateSnapshot } from '../commands/create-snapshot.js';
import { DeleteSnapshot } from '../commands/delete-snapshot.js';
import type { SnapshotRow } from '../data/snapshot-directory.js';
import { deadlineSeconds } from '../domain/deadline.js';
import { CreateSnapshotInput, DeleteSnapshotInput, SnapshotsArgs } from './inputs.dto.js';
import { SnapshotReads } from './snapshot-reads.js';

interface SnapshotPayload {
  operation: OperationView | null;
  snapshot: SnapshotRow | null;
  preview: Preview | null;
}

const payloadOf = (outcome: Outcome, snapshot: SnapshotRow | null): SnapshotPayload => ({
  operation: outcome.preview ? null : outcome.operation,
  snapshot,
  preview: outcome.preview ?? null,
});

@Resolver()
export class SnapshotMutationsResolver {
  constructor(
    private readonly reads: SnapshotReads,
    private readonly creating: CreateSnapshot,
    private readonly deleting: DeleteSnapshot,
  ) {}

  @Mutation('createSnapshot')
  @Requires('snapshots:create')
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { virtualMachine, name, failureDeadline }: CreateSnapshotInput,
  ): Promise<SnapshotPayload> {
    const failureDeadlineSeconds = deadlineSeconds(failureDeadline ?? '');
    const body = { name, failureDeadlineSeconds };
    const outcome = await this.creating.execute({ principal, project }, virtualMachine, body);
    return payloadOf(outcome, this.reads.find(project, name));
  }

  @Mutation('deleteSnapshot')
  @Requires('snapshots:delete')
  async delete(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { name, ifMatch }: DeleteSnapshotInput,
  ): Promise<SnapshotPayload> {
    if (ifMatch) assertIfMatch({ 'if-match': ifMatch }, this.reads.get(project, name).version);
    const outcome = await this.deleting.execute({ principal, project }, name);
    return payloadOf(outcome, this.reads.find(project, name));
  }
}

@Resolver('Project')
export class ProjectSnapshotsResolver {
  constructor(private readonly reads: SnapshotReads) {}

  @ResolveField('snapshots')
  @Requires('snapshots:read')
  snapshots(@CurrentProject() project: ProjectRef, @Args() args: SnapshotsArgs): Connection<SnapshotRow> {
    const { virtualMachine: vm, state, q } = args.filter ?? {};
    return this.reads.connection(project, { vm, state, q }, args);
  }

  @ResolveField('snapshot')
  @Requires('snapshots:read')
  snapshot(@CurrentProject() project: ProjectRef, @Args('name') name: string): SnapshotRow | null {
    return this.reads.find(project, name);
  }
}

@Resolver('VirtualMachine')
export class MachineSnapshotsResolver {
  constructor(private readonly reads: SnapshotReads) {}

  @ResolveField('snapshots')
  @Requires('snapshots:read')
  snapshots(
    @CurrentProject() project: ProjectRef,
    @Parent() { name }: { name: string },
    @Args() args: ConnectionArgs,
  ): Connection<SnapshotRow> {
    return this.reads.connection(project, { vm: name }, args);
  }
}
