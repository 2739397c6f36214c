import { Controller, Get, Header, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { Screenshots } from '../data/screenshots.js';
import { SerialLogReader } from '../data/serial-log-reader.js';
import type { SerialLog } from '../domain/serial-log.js';
import { SerialLogQuery } from './serial-log.dto.js';

/** What a console shows, without a console. */
@ApiTags('consoles')
@Controller('api/v1/projects/:project/vms/:vm')
export class ConsoleViewsController {
  constructor(
    private readonly screenshots: Screenshots,
    private readonly logs: SerialLogReader,
  ) {}

  @Get('screenshot')
  @Requires('consoles:view')
  @ApiProduces('image/png')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  @Header('content-type', 'image/png')
  async screenshot(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') vm: string,
  ): Promise<StreamableFile> {
    const png = await this.screenshots.of(principal, project, vm);
    return new StreamableFile(png, { type: 'image/png', length: png.length });
  }

  @Get('serial-log')
  @Requires('consoles:view')
  serialLog(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') vm: string,
    @Query() { tail }: SerialLogQuery,
  ): Promise<SerialLog> {
    return this.logs.read(principal, project, vm, tail);
  }
}
