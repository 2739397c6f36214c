import type { RoleBinding } from '../../../kernel/principal.js';
import { Grants } from '../domain/grants.js';
import type { ProjectRecord } from './access-directory.js';
import { KnownTenancy } from './known-tenancy.js';

const tenant = (name: string) => ({ id: `t-${name}`, name, displayName: null, version: 1, ...TIMES });
const TIMES = { createdAt: new Date(0), updatedAt: new Date(0) };
const project = (name: string, of: string, version = 1): ProjectRecord => ({
  id: `p-${name}`,
  name,
  tenantId: `t-${of}`,
  tenant: of,
  namespace: `vg-${name}`,
  state: 'Active',
  stateReason: null,
  displayName: null,
  labels: {},
  trash: null,
  version,
  ...TIMES,
});
const binding = (scope: RoleBinding['scope']): RoleBinding => ({
  role: 'viewer',
  permissions: new Set(['projects:read', 'vms:read']),
  scope,
  expiresAt: null,
});
const grants = (...scopes: RoleBinding['scope'][]) => new Grants(scopes.map(binding), null, new Date());
const names = (projects: readonly { name: string }[]) => projects.map(({ name }) => name);

describe('KnownTenancy', () => {
  const known = () =>
    new KnownTenancy(
      [tenant('acme'), tenant('zoo')],
      [project('a', 'zoo'), project('c', 'acme'), project('e', 'acme')],
    );
  const inAcme = { level: 'tenant', tenantId: 't-acme', tenant: 'acme' } as const;
  const inA = { level: 'project', tenantId: 't-zoo', projectId: 'p-a', project: 'a' } as const;

  it('gives what rights reach, by name, each once', () => {
    const tenancy = known();
    expect(names(tenancy.reachedBy(grants(inAcme, inA), 'vms:read'))).toEqual(['a', 'c', 'e']);
    expect(names(tenancy.reachedBy(grants(inA), 'vms:read'))).toEqual(['a']);
    expect(names(tenancy.reachedBy(grants(inA), null))).toEqual(['a']);
    expect(names(tenancy.reachedBy(grants(inA), 'vms:create'))).toEqual([]);
    expect(names(tenancy.reachedBy(grants({ level: 'platform' }), 'vms:read'))).toEqual(['a', 'c', 'e']);
    expect(names(tenancy.tenantsReachedBy(grants(inA, inAcme), 'projects:read'))).toEqual(['acme']);
  });

  it('puts one that comes, changes or goes in its place, and leaves lists that were given out', () => {
    const tenancy = known();
    const rights = grants(inAcme);
    const before = tenancy.reachedBy(rights, 'vms:read');
    expect(tenancy.reachedBy(rights, 'vms:read')).toBe(before);
    expect(tenancy.put('p-d', project('d', 'acme'))?.name).toBe('d');
    expect(names(tenancy.projects)).toEqual(['a', 'c', 'd', 'e']);
    expect(names(tenancy.reachedBy(rights, 'vms:read'))).toEqual(['c', 'd', 'e']);
    expect(names(before)).toEqual(['c', 'e']);
    expect(tenancy.put('p-c', { ...project('c', 'acme', 2), state: 'Deleting' })?.version).toBe(2);
    expect(tenancy.projectNamed('c')?.state).toBe('Deleting');
    expect(tenancy.put('p-c', undefined)?.name).toBe('c');
    expect([tenancy.project('p-c'), tenancy.projectNamed('c'), tenancy.projectIn('vg-c')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(names(tenancy.reachedBy(rights, 'vms:read'))).toEqual(['d', 'e']);
    expect(names(tenancy.projects)).toEqual(['a', 'd', 'e']);
    expect(tenancy.put('p-c', undefined)).toBeNull();
    expect(tenancy.put('p-e', project('e', 'acme'))).toBeNull();
  });

  it('tells what is different from another', () => {
    const before = known();
    const after = known();
    after.put('p-a', project('a', 'zoo', 2));
    after.put('p-e', undefined);
    after.put('p-b', project('b', 'zoo'));
    expect(names(after.differences(before)).sort()).toEqual(['a', 'b', 'e']);
    expect(known().differences(before)).toEqual([]);
  });
});
