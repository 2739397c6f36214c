import { Body, Controller, Get, Patch, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../../../kernel/principal.js';
import { CurrentPrincipal } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { assertIfMatch, withEtag } from '../../../platform/http/etag.js';
import { MigrationLimitsSettings } from '../commands/limits.js';
import { type LimitsView, limitsVersion } from '../domain/limits.js';
import { UpdateMigrationLimitsDto } from './policy-inputs.dto.js';
import { MigrationLimitsDto } from './policy-views.dto.js';

/** What holds for all migrations of the cluster. */
@ApiTags('Migrations')
@ApiBearerAuth()
@Controller('api/v1/migrations/limits')
export class MigrationLimitsController {
  constructor(private readonly limits: MigrationLimitsSettings) {}

  @Get()
  @Requires('migrations:read', 'platform')
  @ApiOkResponse({ type: MigrationLimitsDto })
  async get(): Promise<LimitsView> {
    return answer(await this.limits.read());
  }

  @Patch()
  @Requires('migrations:manage', 'platform')
  @ApiOkResponse({ type: MigrationLimitsDto })
  async update(
    @CurrentPrincipal() principal: Principal,
    @Body() body: UpdateMigrationLimitsDto,
    @Req() request: FastifyRequest,
  ): Promise<LimitsView> {
    const expect = (present: LimitsView) => assertIfMatch(request, limitsVersion(present));
    return answer(await this.limits.update(principal, body, expect));
  }
}

const answer = (limits: LimitsView): LimitsView => withEtag(limits, limitsVersion(limits));
