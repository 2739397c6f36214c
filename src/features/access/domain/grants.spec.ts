import fc from 'fast-check';
import { PERMISSIONS, type Permission } from '../../../kernel/permission.js';
import type { Principal, RoleBinding, Scope } from '../../../kernel/principal.js';
import { Grants, grantsOf } from './grants.js';
import { builtInPermissions, smallestCovering } from './roles.js';

const NOW = new Date('2026-05-01T12:00:00Z');
const PROJECT: Scope = { level: 'project', tenantId: 't1', projectId: 'p1', project: 'one' };
const TENANT: Scope = { level: 'tenant', tenantId: 't1', tenant: 'acme' };
const one = { id: 'p1', tenantId: 't1' };
const sibling = { id: 'p2', tenantId: 't1' };
const foreign = { id: 'p3', tenantId: 't2' };

function binding(role: string, scope: Scope, expiresAt: Date | null = null): RoleBinding {
  return { role, permissions: builtInPermissions(role) ?? new Set(), scope, expiresAt };
}

describe('grants', () => {
  it('hold in the project of a project binding and nowhere else', () => {
    const grants = new Grants([binding('editor', PROJECT)], null, NOW);
    expect(grants.inProject('vms:create', one)).toBe(true);
    expect(grants.inProject('vms:create', sibling)).toBe(false);
    expect(grants.seesProject(sibling)).toBe(false);
    expect(grants.inTenant('vms:create', 't1')).toBe(false);
    expect(grants.seesTenant('t1')).toBe(true);
    expect(grants.seesTenant('t2')).toBe(false);
    expect(grants.anywhere('vms:create')).toBe(true);
    expect(grants.anywhere('members:manage')).toBe(false);
  });

  it('hold in all projects of a tenant binding', () => {
    const grants = new Grants([binding('admin', TENANT)], null, NOW);
    expect([one, sibling, foreign].map((project) => grants.inProject('projects:delete', project))).toEqual([
      true,
      true,
      false,
    ]);
    expect(grants.seesProject(foreign)).toBe(false);
  });

  it('hold everywhere for a platform binding', () => {
    const grants = new Grants([binding('platform-admin', { level: 'platform' })], null, NOW);
    expect(grants.inProject('vms:delete', foreign)).toBe(true);
    expect(grants.platform.has('tenants:create')).toBe(true);
  });

  it('are narrowed by scopes, also in what may be seen', () => {
    const scopes = new Set<Permission>(['tokens:create']);
    const viewer = new Grants([binding('viewer', PROJECT)], scopes, NOW);
    expect(viewer.seesProject(one)).toBe(false);
    expect(viewer.seesTenant('t1')).toBe(false);
    const admin = new Grants([binding('admin', PROJECT)], scopes, NOW);
    expect(admin.inProject('vms:read', one)).toBe(false);
    expect(admin.inProject('tokens:create', one)).toBe(true);
  });

  it('end with their bindings, in the very millisecond', () => {
    const expiry = new Date(NOW.getTime() + 1000);
    const principal: Principal = {
      id: 'u1',
      type: 'user',
      name: 'ada',
      bindings: [binding('editor', PROJECT, expiry), binding('viewer', PROJECT)],
      scopes: null,
      tokenId: null,
      expiresAt: null,
    };
    expect(grantsOf(principal, NOW).inProject('vms:create', one)).toBe(true);
    expect(grantsOf(principal, NOW)).toBe(grantsOf(principal, new Date(expiry.getTime() - 1)));
    expect(grantsOf(principal, expiry).inProject('vms:create', one)).toBe(false);
    expect(grantsOf(principal, expiry).inProject('vms:read', one)).toBe(true);
  });

  it('tell what is lacking in a scope', () => {
    const grants = new Grants([binding('editor', PROJECT)], null, NOW);
    expect(grants.lacking(['vms:create', 'members:manage'], PROJECT)).toEqual(['members:manage']);
    expect(grants.lacking(['vms:create'], TENANT)).toEqual(['vms:create']);
  });
});

describe('grants of any bindings', () => {
  const tenants = ['t1', 't2'];
  const projects = tenants.flatMap((tenantId) =>
    ['a', 'b'].map((id) => ({ id: `${tenantId}${id}`, tenantId })),
  );
  const scope: fc.Arbitrary<Scope> = fc.oneof(
    fc.constant<Scope>({ level: 'platform' }),
    fc.constantFrom(...tenants).map((tenantId): Scope => ({ level: 'tenant', tenantId, tenant: tenantId })),
    fc
      .constantFrom(...projects)
      .map(({ id, tenantId }): Scope => ({ level: 'project', tenantId, projectId: id, project: id })),
  );
  const permissions = fc.subarray([...PERMISSIONS]).map((held) => new Set<Permission>(held));
  const bindings = fc.array(
    fc.record({
      role: fc.constant('custom'),
      permissions,
      scope,
      expiresAt: fc.constantFrom(null, NOW, new Date(NOW.getTime() - 1), new Date(NOW.getTime() + 1)),
    }),
    { maxLength: 6 },
  );
  const covers = (scope: Scope, project: { id: string; tenantId: string }) =>
    scope.level === 'platform' ||
    (scope.level === 'tenant' ? scope.tenantId === project.tenantId : scope.projectId === project.id);

  it('are what reading the bindings one by one gives, never more and never less', () => {
    fc.assert(
      fc.property(bindings, fc.option(permissions), (held, scopes) => {
        const grants = new Grants(held, scopes, NOW);
        const live = held.filter(({ expiresAt }) => expiresAt === null || expiresAt > NOW);
        for (const project of projects) {
          const here = live.filter((each) => covers(each.scope, project));
          const expected = PERMISSIONS.filter(
            (permission) =>
              (!scopes || scopes.has(permission)) && here.some((each) => each.permissions.has(permission)),
          );
          expect(PERMISSIONS.filter((permission) => grants.inProject(permission, project))).toEqual(expected);
          expect([...grants.ofProject(project)].sort()).toEqual([...expected].sort());
          expect(grants.seesProject(project)).toBe(expected.length > 0);
        }
      }),
    );
  });
});

describe('built-in roles', () => {
  it('grow, and a viewer opens no console', () => {
    const sizes = ['viewer', 'operator', 'editor', 'admin', 'platform-admin'].map(
      (role) => builtInPermissions(role)?.size ?? 0,
    );
    expect([...sizes].sort((a, b) => a - b)).toEqual(sizes);
    expect(builtInPermissions('viewer')?.has('consoles:open')).toBe(false);
    expect(builtInPermissions('operator')?.has('consoles:open')).toBe(true);
    expect(builtInPermissions('admin')?.has('tenants:create')).toBe(false);
  });

  it.each<[Permission[], string | null]>([
    [['vms:read'], 'viewer'],
    [['vms:read', 'vms:start'], 'operator'],
    [['vms:create'], 'editor'],
    [['members:manage'], 'admin'],
    // Not a right in a project at all: nothing that the cluster would have to know.
    [['tenants:create'], null],
    [[], null],
  ])('the cluster is told the smallest that covers %j', (permissions, role) => {
    expect(smallestCovering(new Set(permissions))).toBe(role);
  });

  it('the cluster is told each role as itself, and a platform-admin as admin', () => {
    const told = ['viewer', 'operator', 'editor', 'admin', 'platform-admin'].map((role) =>
      smallestCovering(builtInPermissions(role) ?? new Set()),
    );
    expect(told).toEqual(['viewer', 'operator', 'editor', 'admin', 'admin']);
  });
});
