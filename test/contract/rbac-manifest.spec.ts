import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { CLUSTER_RIGHTS } from '../../src/features/access/domain/cluster-rights.js';
import { smallestCovering } from '../../src/features/access/domain/roles.js';
import { PERMISSIONS, type Permission } from '../../src/kernel/permission.js';
import { rbacManifest } from '../../src/main/rbac-manifest.js';

interface Rule {
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
  verbs: string[];
}
interface Manifest {
  kind: string;
  metadata: { name: string };
  rules?: Rule[];
  subjects?: { kind: string; name: string }[];
  roleRef?: { name: string };
}

const file = join(import.meta.dirname, '../../deploy/rbac/virtgate.yaml');
const manifests = parseAllDocuments(readFileSync(file, 'utf8')).map(
  (document) => document.toJS() as Manifest,
);
const rulesOf = (name: string) =>
  manifests.find((each) => each.kind === 'ClusterRole' && each.metadata.name === name)?.rules ?? [];
/** "group/resource verb" for everything that a role gives. */
const grants = (name: string): Set<string> =>
  new Set(
    rulesOf(name).flatMap((rule) =>
      (rule.apiGroups ?? []).flatMap((group) =>
        (rule.resources ?? []).flatMap((resource) =>
          rule.verbs.map((verb) => `${group}/${resource}${rule.resourceNames ? '[named]' : ''} ${verb}`),
        ),
      ),
    ),
  );

const PROJECT_ROLES = ['viewer', 'operator', 'editor', 'admin'].map((role) => `virtgate:project:${role}`);

describe('deploy/rbac/virtgate.yaml', () => {
  it('has the gateway, its binding and the roles it binds', () => {
    expect(manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'ClusterRole virtgate-gateway',
      'ClusterRoleBinding virtgate-gateway',
      ...PROJECT_ROLES.map((name) => `ClusterRole ${name}`),
      'ClusterRole virtgate:image-source',
      'ClusterRole virtgate:platform:admin',
      'ClusterRoleBinding virtgate:platform:admin',
    ]);
    const [binding] = manifests.filter(({ kind }) => kind === 'ClusterRoleBinding');
    expect(binding?.subjects).toEqual([expect.objectContaining({ kind: 'User', name: 'virtgate-gateway' })]);
  });

  it.each(['virtgate-gateway', ...PROJECT_ROLES, 'virtgate:image-source', 'virtgate:platform:admin'])(
    '%s has no wildcard and no forbidden verb',
    (role) => {
      for (const grant of grants(role)) {
        expect(grant).not.toMatch(/\*/);
        expect(grant).not.toMatch(/ (escalate|deletecollection|approve|sign)$/);
        expect(grant).not.toMatch(/\/secrets (get|list|watch|update)$/);
        // Evicting is what draining a node is.
        if (role === 'virtgate:platform:admin' && grant === '/pods/eviction create') continue;
        // What the guest printed is read in the log of its pod; nothing else of pods is anybody's.
        expect(grant).not.toMatch(/\/pods\/(?!log get$)|\/nodes\/proxy|serviceaccounts|clusterrolebindings/);
      }
    },
  );

  it('the gateway writes only namespaces, bindings, quotas and reviews itself', () => {
    const writes = [...grants('virtgate-gateway')].filter((grant) => !/ (get|list|watch)$/.test(grant));
    const resources = new Set(writes.map((grant) => grant.split(' ')[0]));
    expect([...resources].sort()).toEqual([
      '/groups',
      '/namespaces',
      '/resourcequotas',
      '/users',
      'authentication.k8s.io/tokenreviews',
      'authorization.k8s.io/selfsubjectaccessreviews',
      'authorization.k8s.io/subjectaccessreviews',
      'rbac.authorization.k8s.io/clusterroles[named]',
      'rbac.authorization.k8s.io/rolebindings',
    ]);
    expect(writes).toContain('rbac.authorization.k8s.io/clusterroles[named] bind');
    expect(
      writes.filter((grant) => /\/(users|groups) /.test(grant)).every((grant) => / impersonate$/.test(grant)),
    ).toBe(true);
  });

  it('the named roles that it may bind are the project roles and that of shared images', () => {
    const bind = rulesOf('virtgate-gateway').find(({ verbs }) => verbs.includes('bind'));
    expect(bind?.resourceNames).toEqual([...PROJECT_ROLES, 'virtgate:image-source']);
  });

  it('each project role has what the one below has', () => {
    PROJECT_ROLES.slice(1).forEach((role, index) => {
      const more = grants(role);
      for (const grant of grants(PROJECT_ROLES[index] as string)) expect(more).toContain(grant);
    });
  });

  it('a viewer changes nothing and opens no console; an operator creates nothing', () => {
    for (const grant of grants('virtgate:project:viewer')) {
      expect(grant).toMatch(/ (get|list|watch)$/);
      expect(grant).not.toMatch(/console|vnc|portforward/);
    }
    for (const grant of grants('virtgate:project:operator'))
      expect(grant).not.toMatch(/ (create|patch|delete)$/);
  });

  it('is what the table of permissions and the roles written by hand come to', () => {
    expect(readFileSync(file, 'utf8')).toBe(rbacManifest());
  });

  it('a project role may do nothing that reaches beyond its namespace or makes rights', () => {
    const allowed = new Set(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']);
    for (const [permission, rights] of Object.entries(CLUSTER_RIGHTS)) {
      for (const { group, resources, verbs } of rights) {
        expect([permission, verbs.filter((verb) => !allowed.has(verb))]).toEqual([permission, []]);
        expect([permission, group]).not.toEqual([permission, 'rbac.authorization.k8s.io']);
        for (const resource of resources) {
          const where = `${permission}: ${group}/${resource}`;
          expect(where).not.toMatch(/\*/);
          if (permission === 'consoles:view' && /^pods(\/log)?$/.test(resource)) {
            expect(verbs.filter((verb) => verb !== 'get' && verb !== 'list')).toEqual([]);
            continue;
          }
          expect(where).not.toMatch(
            /\/(pods|nodes|namespaces|serviceaccounts|users|groups|limitranges)(\/|$)/,
          );
          // Apart since KubeVirt 1.5.
          expect(where).not.toMatch(/\/migrate$/);
          if (resource === 'virtualmachineinstancemigrations' && permission !== 'vms:migrate')
            expect([where, verbs]).toEqual([where, ['get', 'list', 'watch']]);
          // Written to only through the machine that they belong to.
          if (resource === 'virtualmachineinstances')
            expect([where, verbs]).toEqual([where, ['get', 'list', 'watch']]);
          if (resource === 'secrets') {
            for (const verb of verbs)
              expect([where, verb]).toEqual([where, expect.stringMatching(/^(create|patch|delete)$/)]);
          }
        }
      }
    }
  });

  it('the cluster is told a role that has all that the permissions of a principal need', () => {
    const needs = (permission: Permission) =>
      CLUSTER_RIGHTS[permission].flatMap(({ group, resources, verbs }) =>
        resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`)),
      );
    for (const permission of PERMISSIONS) {
      const role = smallestCovering(new Set([permission]));
      if (role === null) {
        expect([permission, needs(permission)]).toEqual([permission, []]);
        continue;
      }
      const has = grants(`virtgate:project:${role}`);
      expect([permission, needs(permission).filter((grant) => !has.has(grant))]).toEqual([permission, []]);
    }
  });

  it('grants deep subresources in both forms', () => {
    for (const role of PROJECT_ROLES) {
      for (const grant of grants(role)) {
        const deep = /^(.*?\/[^/ ]+\/[^/ ]+)\/[^ ]+ (\w+)$/.exec(grant);
        if (deep) expect(grants(role)).toContain(`${deep[1]} ${deep[2]}`);
      }
    }
    expect(grants('virtgate:project:operator')).toContain(
      'subresources.kubevirt.io/virtualmachineinstances/vnc/screenshot get',
    );
  });
});
