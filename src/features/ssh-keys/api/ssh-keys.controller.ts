import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from '../../../kernel/page.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { withEtag } from '../../../platform/http/etag.js';
import { ChangeSshKey } from '../commands/change-ssh-key.js';
import { CreateSshKey } from '../commands/create-ssh-key.js';
import { DeleteSshKey } from '../commands/delete-ssh-key.js';
import type { SshKeyView } from '../domain/ssh-key-view.js';
import { CreateSshKeyDto, SshKeysQuery, UpdateSshKeyDto } from './inputs.dto.js';
import { SshKeyReads, type SshKeyRow } from './ssh-key-reads.js';
import { ProjectSshKeyDto, ProjectSshKeyPageDto } from './views.dto.js';

const answer = ({ view, version }: SshKeyRow): SshKeyView => withEtag(view, version);

@ApiTags('SSH keys')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/ssh-keys')
export class SshKeysController {
  constructor(
    private readonly reads: SshKeyReads,
    private readonly creating: CreateSshKey,
    private readonly changing: ChangeSshKey,
    private readonly deleting: DeleteSshKey,
  ) {}

  @Get()
  @Requires('ssh-keys:read')
  @ApiOkResponse({ type: ProjectSshKeyPageDto })
  async list(@CurrentProject() project: ProjectRef, @Query() query: SshKeysQuery): Promise<Page<SshKeyView>> {
    const page = await this.reads.page(project, query);
    return { ...page, items: page.items.map(({ view }) => view) };
  }

  /** Machines take it by its name: `sshKeys` when they are made, `PUT .../ssh-keys` while they run. */
  @Post()
  @Requires('ssh-keys:manage')
  @ApiCreatedResponse({ type: ProjectSshKeyDto })
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Body() { name, publicKey, automatic }: CreateSshKeyDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SshKeyView> {
    const wanted = { name, publicKey, automatic: automatic ?? false };
    const key = await this.creating.execute(principal, project, wanted);
    reply.header('location', `/api/v1/projects/${project.name}/ssh-keys/${key.name}`);
    return answer(this.reads.row(project, key));
  }

  @Get(':key')
  @Requires('ssh-keys:read')
  @ApiOkResponse({ type: ProjectSshKeyDto })
  async get(@CurrentProject() project: ProjectRef, @Param('key') name: string): Promise<SshKeyView> {
    return answer(await this.reads.get(project, name));
  }

  @Patch(':key')
  @Requires('ssh-keys:manage')
  @ApiOkResponse({ type: ProjectSshKeyDto })
  async change(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('key') name: string,
    @Body() { automatic }: UpdateSshKeyDto,
    @Req() request: FastifyRequest,
  ): Promise<SshKeyView> {
    const expect = await this.reads.expectation(project, name, request.headers['if-match']);
    const key = await this.changing.execute(principal, project, { name, automatic }, expect);
    return answer(this.reads.row(project, key));
  }

  /** Refused while guest agents bring it in. Guests that got it when they were made keep it. */
  @Delete(':key')
  @HttpCode(204)
  @Requires('ssh-keys:manage')
  async delete(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('key') name: string,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const expect = await this.reads.expectation(project, name, request.headers['if-match']);
    await this.deleting.execute(principal, project, name, expect);
  }
}
