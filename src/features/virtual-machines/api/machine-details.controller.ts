import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiProduces, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import type { FastifyReply } from 'fastify';
import type { Page } from '../../../kernel/page.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { prefersJson } from '../../../platform/http/prefers-json.js';
import { PageQuery } from '../../../platform/paging/page-query.js';
import { LiveManifest } from '../data/live-manifest.js';
import { MachineAssociations } from '../data/machine-associations.js';
import type { MachineEvent } from '../data/machine-events.js';
import type { AssociatedResources } from '../domain/associated-resources.js';
import type { ExportedManifest } from '../domain/exported-manifest.js';
import { AssociatedResourcesDto } from './associated.dto.js';
import { MachineReads } from './machine-reads.js';
import { MachineEventPageDto } from './views.dto.js';

export class EventsQuery extends PageQuery {
  @ApiPropertyOptional({ enum: ['Normal', 'Warning'] })
  @IsOptional()
  @IsIn(['Normal', 'Warning'])
  type?: string;
}

@ApiTags('Virtual machines')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/vms/:vm')
export class MachineDetailsController {
  constructor(
    private readonly manifests: LiveManifest,
    private readonly reads: MachineReads,
    private readonly associations: MachineAssociations,
  ) {}

  /** YAML that can be applied again, headed by the commands that do by hand what virtgate does; JSON for who asks. */
  @Get('manifest')
  @Requires('vms:read')
  @ApiProduces('application/yaml', 'application/json')
  @ApiOkResponse({ schema: { type: 'string' } })
  async manifest(
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | Pick<ExportedManifest, 'manifest' | 'commands'>> {
    const { manifest, yaml, commands } = await this.manifests.of(project, name);
    reply.header('vary', 'Accept');
    if (prefersJson(accept)) return { manifest, commands };
    reply.type('application/yaml; charset=utf-8');
    return yaml;
  }

  /** What belongs to the machine, and what becomes of it when the machine is deleted and nothing else is said. */
  @Get('associated-resources')
  @Requires('vms:read')
  @ApiOkResponse({ type: AssociatedResourcesDto })
  associatedResources(
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
  ): Promise<AssociatedResources> {
    return this.associations.of(project, name);
  }

  /** Newest first; what the cluster keeps of them (an hour, by default). */
  @Get('events')
  @Requires('vms:read')
  @ApiOkResponse({ type: MachineEventPageDto })
  events(
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
    @Query() { type, limit, cursor }: EventsQuery,
  ): Page<MachineEvent> {
    return this.reads.eventPage(this.reads.get(project, name), type ?? null, { limit, cursor });
  }
}
