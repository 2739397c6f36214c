import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from '../../../kernel/page.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { assertIfMatch, withEtag } from '../../../platform/http/etag.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { MachinePolicy, type MachinePolicyView } from '../commands/machine-policy.js';
import { MigrationPolicies } from '../commands/policies.js';
import type { ObservedPolicy } from '../domain/policy.js';
import { type PolicyView, policyVersion, policyView } from '../domain/policy-view.js';
import { CreateMigrationPolicyDto, PoliciesQuery, UpdateMigrationPolicyDto } from './policy-inputs.dto.js';
import { PolicyReads } from './policy-reads.js';
import { MachinePolicyDto, MigrationPolicyDto, MigrationPolicyPageDto } from './policy-views.dto.js';

const answer = (policy: ObservedPolicy): PolicyView => withEtag(policyView(policy), policyVersion(policy));

/** How the machines that a policy selects are migrated. */
@ApiTags('Migration policies')
@ApiBearerAuth()
@Controller('api/v1/migration-policies')
export class PoliciesController {
  constructor(
    private readonly reads: PolicyReads,
    private readonly policies: MigrationPolicies,
  ) {}

  @Get()
  @Requires('migrations:read', 'platform')
  @ApiOkResponse({ type: MigrationPolicyPageDto })
  list(@Query() { q, limit, cursor }: PoliciesQuery): Page<PolicyView> {
    const page = this.reads.page(q ?? null, { limit, cursor });
    return { ...page, items: page.items.map(policyView) };
  }

  @Post()
  @Requires('migrations:manage', 'platform')
  @ApiCreatedResponse({ type: MigrationPolicyDto })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: CreateMigrationPolicyDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PolicyView> {
    const policy = await this.policies.create(principal, body);
    reply.header('location', `/api/v1/migration-policies/${policy.name}`);
    return answer(policy);
  }

  @Get(':policy')
  @Requires('migrations:read', 'platform')
  @ApiOkResponse({ type: MigrationPolicyDto })
  get(@Param('policy') name: string): PolicyView {
    return answer(this.reads.get(name));
  }

  @Patch(':policy')
  @Requires('migrations:manage', 'platform')
  @ApiOkResponse({ type: MigrationPolicyDto })
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('policy') name: string,
    @Body() body: UpdateMigrationPolicyDto,
    @Req() request: FastifyRequest,
  ): Promise<PolicyView> {
    const expect = (present: ObservedPolicy) => assertIfMatch(request, policyVersion(present));
    return answer(await this.policies.update(principal, name, body, expect));
  }

  @Delete(':policy')
  @HttpCode(204)
  @Requires('migrations:manage', 'platform')
  async delete(
    @CurrentPrincipal() principal: Principal,
    @Param('policy') name: string,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    await this.policies.delete(principal, name, (present) => assertIfMatch(request, policyVersion(present)));
  }
}

@ApiTags('Migration policies')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/vms/:vm/migration-policy')
export class MachinePolicyController {
  constructor(
    private readonly machines: VirtualMachinesContract,
    private readonly policy: MachinePolicy,
  ) {}

  /** The policy that applies to the machine, why, and what it comes to. */
  @Get()
  @Requires('vms:read')
  @ApiOkResponse({ type: MachinePolicyDto })
  get(@CurrentProject() project: ProjectRef, @Param('vm') vm: string): Promise<MachinePolicyView> {
    this.machines.find(project, vm);
    return this.policy.of(project, vm);
  }
}
