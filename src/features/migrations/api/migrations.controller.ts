import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Page } from '../../../kernel/page.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { withEtag } from '../../../platform/http/etag.js';
import { AnswersOperation } from '../../operations/answers-operation.contract.js';
import { type Answer, answerOf } from '../../operations/outcome.contract.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { MigrateVm } from '../commands/migrate-vm.js';
import type { MigrationRow } from '../data/migration-directory.js';
import type { MigrationView } from '../domain/migration-view.js';
import {
  MachineMigrationsQuery,
  MigrateVirtualMachineDto,
  MigrationsQuery,
  ProjectMigrationsQuery,
} from './inputs.dto.js';
import { DEFAULT_ORDER, MigrationReads } from './migration-reads.js';
import { MigrationDto, MigrationPageDto } from './views.dto.js';

const pageOf = (page: Page<MigrationRow>): Page<MigrationView> => ({
  ...page,
  items: page.items.map(({ view }) => view),
});

@ApiTags('Migrations')
@ApiBearerAuth()
@Controller('api/v1/projects/:project')
export class ProjectMigrationsController {
  constructor(
    private readonly reads: MigrationReads,
    private readonly machines: VirtualMachinesContract,
    private readonly migrating: MigrateVm,
  ) {}

  /** To another node while it runs; it takes nothing of the quota. Cancel the operation to leave it where it is. */
  @Post('vms/:vm/migrate')
  @Requires('vms:migrate')
  @AnswersOperation()
  async migrate(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
    @Body() { targetNode }: MigrateVirtualMachineDto,
  ): Promise<Answer> {
    return answerOf(await this.migrating.execute({ principal, project }, name, targetNode ?? null));
  }

  /** Whoever began them: drains and changes of a running machine are among them. Five that have ended are kept. */
  @Get('vms/:vm/migrations')
  @Requires('vms:read')
  @ApiOkResponse({ type: MigrationPageDto })
  ofMachine(
    @CurrentProject() project: ProjectRef,
    @Param('vm') vm: string,
    @Query() query: MachineMigrationsQuery,
  ): Page<MigrationView> {
    this.machines.find(project, vm);
    const { limit, cursor, sort = DEFAULT_ORDER, ...filter } = query;
    return pageOf(this.reads.page(project, { ...filter, vm }, sort, { limit, cursor }));
  }

  @Get('migrations')
  @Requires('vms:read')
  @ApiOkResponse({ type: MigrationPageDto })
  list(@CurrentProject() project: ProjectRef, @Query() query: ProjectMigrationsQuery): Page<MigrationView> {
    const { limit, cursor, sort = DEFAULT_ORDER, ...filter } = query;
    return pageOf(this.reads.page(project, filter, sort, { limit, cursor }));
  }

  @Get('migrations/:migration')
  @Requires('vms:read')
  @ApiOkResponse({ type: MigrationDto })
  get(@CurrentProject() project: ProjectRef, @Param('migration') name: string): MigrationView {
    const { view, version } = this.reads.get(project, name);
    return withEtag(view, version);
  }
}

/** Of all projects. */
@ApiTags('Migrations')
@ApiBearerAuth()
@Controller('api/v1/migrations')
export class MigrationsController {
  constructor(private readonly reads: MigrationReads) {}

  @Get()
  @Requires('migrations:read', 'platform')
  @ApiOkResponse({ type: MigrationPageDto })
  list(@Query() query: MigrationsQuery): Page<MigrationView> {
    const { limit, cursor, sort = DEFAULT_ORDER, ...filter } = query;
    return pageOf(this.reads.page(null, filter, sort, { limit, cursor }));
  }
}
