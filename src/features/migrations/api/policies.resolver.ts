import { Args, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { assertIfMatch, entityTag } from '../../../platform/http/etag.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { MigrationLimitsSettings } from '../commands/limits.js';
import { MachinePolicy, type MachinePolicyView } from '../commands/machine-policy.js';
import { MigrationPolicies } from '../commands/policies.js';
import { type LimitsView, limitsVersion } from '../domain/limits.js';
import type { ObservedPolicy } from '../domain/policy.js';
import { policyVersion } from '../domain/policy-view.js';
import {
  CreateMigrationPolicyDto,
  DeleteMigrationPolicyInput,
  PoliciesArgs,
  PolicyNameArgs,
  UpdateMigrationLimitsInput,
  UpdateMigrationPolicyInput,
} from './policy-inputs.dto.js';
import { type PolicyNode, PolicyReads, policyNode } from './policy-reads.js';

const expecting =
  <T>(ifMatch: string | null | undefined, versionOf: (present: T) => string) =>
  (present: T) => {
    if (ifMatch) assertIfMatch({ 'if-match': ifMatch }, versionOf(present));
  };

type LimitsNode = LimitsView & { etag: string };
const limitsNode = (limits: LimitsView): LimitsNode => ({
  ...limits,
  etag: entityTag(limitsVersion(limits)),
});

@Resolver()
export class PoliciesResolver {
  constructor(
    private readonly reads: PolicyReads,
    private readonly policies: MigrationPolicies,
  ) {}

  @Query('migrationPolicies')
  @Requires('migrations:read', 'platform')
  list(@Args() args: PoliciesArgs): Connection<PolicyNode> {
    return this.reads.connection(args.q ?? null, args);
  }

  @Query('migrationPolicy')
  @Requires('migrations:read', 'platform')
  one(@Args() { name }: PolicyNameArgs): PolicyNode | null {
    const found = this.reads.find(name);
    return found && policyNode(found);
  }

  @Mutation('createMigrationPolicy')
  @Requires('migrations:manage', 'platform')
  async create(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: CreateMigrationPolicyDto,
  ): Promise<object> {
    return { migrationPolicy: policyNode(await this.policies.create(principal, input)) };
  }

  @Mutation('updateMigrationPolicy')
  @Requires('migrations:manage', 'platform')
  async update(
    @CurrentPrincipal() principal: Principal,
    @Args('input') { name, ifMatch, ...body }: UpdateMigrationPolicyInput,
  ): Promise<object> {
    const expect = expecting<ObservedPolicy>(ifMatch, policyVersion);
    return { migrationPolicy: policyNode(await this.policies.update(principal, name, body, expect)) };
  }

  @Mutation('deleteMigrationPolicy')
  @Requires('migrations:manage', 'platform')
  async delete(
    @CurrentPrincipal() principal: Principal,
    @Args('input') { name, ifMatch }: DeleteMigrationPolicyInput,
  ): Promise<object> {
    await this.policies.delete(principal, name, expecting<ObservedPolicy>(ifMatch, policyVersion));
    return { deletedName: name };
  }
}

@Resolver()
export class MigrationLimitsResolver {
  constructor(private readonly limits: MigrationLimitsSettings) {}

  @Query('migrationLimits')
  @Requires('migrations:read', 'platform')
  async read(): Promise<LimitsNode> {
    return limitsNode(await this.limits.read());
  }

  @Mutation('updateMigrationLimits')
  @Requires('migrations:manage', 'platform')
  async update(
    @CurrentPrincipal() principal: Principal,
    @Args('input') { ifMatch, ...body }: UpdateMigrationLimitsInput,
  ): Promise<object> {
    const expect = expecting<LimitsView>(ifMatch, limitsVersion);
    return { migrationLimits: limitsNode(await this.limits.update(principal, body, expect)) };
  }
}

@Resolver('VirtualMachine')
export class MachinePolicyResolver {
  constructor(private readonly policy: MachinePolicy) {}

  @ResolveField('migrationPolicy')
  @Requires('vms:read')
  migrationPolicy(
    @CurrentProject() project: ProjectRef,
    @Parent() { name }: { name: string },
  ): Promise<MachinePolicyView> {
    return this.policy.of(project, name);
  }
}
