import { Args, Mutation, ResolveField, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import type { Connection } from '../../../platform/paging/connection.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { type Outcome, type Preview } from '../../operations/outcome.contract.js';
import { CreateExport } from '../commands/create-export.js';
import { DeleteExport } from '../commands/delete-export.js';
import type { ExportRow } from '../data/export-directory.js';
import type { ExportFormat } from '../domain/observed.js';
import { Downloads } from './downloads.js';
import { ExportReads } from './export-reads.js';
import {
  CreateExportInput,
  CreateExportLinkInput,
  DeleteExportInput,
  ExportsArgs,
  FORMAT_NAMES,
} from './exports.dto.js';

export interface ExportPayload {
  operation: OperationView | null;
  export: ExportRow | null;
  preview: Preview | null;
}

const payloadOf = (outcome: Outcome, found: ExportRow | null): ExportPayload => ({
  operation: outcome.preview ? null : outcome.operation,
  export: found,
  preview: outcome.preview ?? null,
});

@Resolver('Project')
export class ProjectExportsResolver {
  constructor(private readonly reads: ExportReads) {}

  @ResolveField('exports')
  @Requires('exports:read')
  exports(@CurrentProject() project: ProjectRef, @Args() args: ExportsArgs): Connection<ExportRow> {
    return this.reads.connection(project, args);
  }

  @ResolveField('export')
  @Requires('exports:read')
  export(@CurrentProject() project: ProjectRef, @Args('name') name: string): ExportRow | null {
    return this.reads.find(project, name);
  }
}

@Resolver()
export class ExportMutationsResolver {
  constructor(
    private readonly reads: ExportReads,
    private readonly creating: CreateExport,
    private readonly deleting: DeleteExport,
    private readonly downloads: Downloads,
  ) {}

  @Mutation('createExport')
  @Requires('exports:create')
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { project: _project, ...body }: CreateExportInput,
  ): Promise<ExportPayload> {
    const outcome = await this.creating.execute({ principal, project }, body);
    return payloadOf(outcome, this.reads.find(project, body.name));
  }

  @Mutation('deleteExport')
  @Requires('exports:delete')
  async delete(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { name }: DeleteExportInput,
  ): Promise<ExportPayload> {
    const outcome = await this.deleting.execute({ principal, project }, name);
    return payloadOf(outcome, this.reads.find(project, name));
  }

  @Mutation('createExportLink')
  @Requires('exports:download')
  async link(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') input: CreateExportLinkInput,
  ) {
    const format = FORMAT_NAMES[input.format ?? 'raw'] as ExportFormat;
    const wanted = { export: input.export, volume: input.volume, format };
    return { link: await this.downloads.link({ principal, project }, wanted, input.expiresIn ?? null) };
  }
}
