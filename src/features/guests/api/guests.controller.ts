import { Body, Controller, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { AnswersOperation } from '../../operations/answers-operation.contract.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { type Preview } from '../../operations/outcome.contract.js';
import { SetSshKeys } from '../commands/set-ssh-keys.js';
import { GuestInfoReader } from '../data/guest-info-reader.js';
import type { GuestInfo } from '../domain/guest-info.js';
import { GuestInfoDto, SetSshKeysDto, SshAccessDto } from './guests.dto.js';
import { type SshAccessView, SshReads } from './ssh-reads.js';

@ApiTags('Virtual machines')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/vms/:vm')
export class GuestsController {
  constructor(
    private readonly reader: GuestInfoReader,
    private readonly reads: SshReads,
    private readonly setting: SetSshKeys,
  ) {}

  /** What the agent in the guest tells of it: operating system, users, file systems, interfaces. */
  @Get('guest-info')
  @Requires('vms:read')
  @ApiOkResponse({ type: GuestInfoDto })
  guestInfo(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
  ): Promise<GuestInfo> {
    return this.reader.of(principal, project, name);
  }

  /** The keys that the guest agent brings in. Those of cloud-init are in the user data. */
  @Get('ssh-keys')
  @Requires('vms:read')
  @ApiOkResponse({ type: SshAccessDto })
  sshKeys(@CurrentProject() project: ProjectRef, @Param('vm') name: string): SshAccessView {
    return this.reads.get(project, name);
  }

  /**
   * The whole list. The first time, a running guest takes it from its next start on; from then on changes reach it
   * while it runs, within the time that the cluster takes to pass a secret on (a minute or two on a real one).
   */
  @Put('ssh-keys')
  @HttpCode(202)
  @Requires('vms:update')
  @AnswersOperation()
  async setSshKeys(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
    @Body() body: SetSshKeysDto,
  ): Promise<OperationView | Preview> {
    const outcome = await this.setting.execute({ principal, project }, name, body);
    return outcome.preview ?? outcome.operation;
  }
}
