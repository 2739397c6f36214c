import { Args, Mutation, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { type Preview } from '../../operations/outcome.contract.js';
import { RestoreSnapshot } from '../commands/restore-snapshot.js';
import { RestoreSnapshotInput } from './restore.dto.js';

@Resolver()
export class RestoresResolver {
  constructor(private readonly restoring: RestoreSnapshot) {}

  @Mutation('restoreSnapshot')
  @Requires('snapshots:restore')
  async restore(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { project: _project, snapshot, ...body }: RestoreSnapshotInput,
  ): Promise<{ operation: OperationView | null; preview: Preview | null }> {
    const outcome = await this.restoring.execute({ principal, project }, snapshot, body);
    return {
      operation: outcome.preview ? null : outcome.operation,
      preview: outcome.preview ?? null,
    };
  }
}
