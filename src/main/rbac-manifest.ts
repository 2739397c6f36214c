import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rightsOf } from '../features/access/domain/cluster-rights.js';
import { PROJECT_ROLES, type ProjectRole } from '../features/access/domain/roles.js';

/** What is virtgate's own, written by hand: its identity's role and binding, and the role of shared images. */
const OWN = fileURLToPath(new URL('../../deploy/rbac/own-roles.yaml', import.meta.url));
const PLACE = '# <project roles>\n';

const ABOUT: Record<ProjectRole, string> = {
  viewer: 'Sees everything in the project, opens no console.',
  operator: 'viewer, power and consoles.',
  editor: 'operator, create, change and delete.',
  admin: "editor; members and quotas are virtgate's own, so the cluster sees the same rights.",
};
const ORDER = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/** deploy/rbac/virtgate.yaml is this text: the hand-written roles, with those of projects rendered from the table. */
export function rbacManifest(): string {
  const [before = '', after = ''] = readFileSync(OWN, 'utf8').split(PLACE);
  return `${before}${PROJECT_ROLES.map(clusterRole).join('')}${after}`;
}

function clusterRole(role: ProjectRole): string {
  return [
    '---',
    `# ${ABOUT[role]}`,
    'apiVersion: rbac.authorization.k8s.io/v1',
    'kind: ClusterRole',
    'metadata:',
    `  name: virtgate:project:${role}`,
    `  labels: { app.kubernetes.io/part-of: virtgate, virtgate.io/project-role: ${role} }`,
    'rules:',
    ...rules(role),
    '',
  ].join('\n');
}

/** One rule for the resources of a group that have the same verbs. */
function rules(role: ProjectRole): string[] {
  return [...rightsOf(role)].sort(byName).flatMap(([group, resources]) => {
    const byVerbs = new Map<string, string[]>();
    for (const [resource, verbs] of [...resources].sort(byName)) {
      const text = ORDER.filter((verb) => verbs.has(verb)).join(', ');
      if (ORDER.filter((verb) => verbs.has(verb)).length !== verbs.size) {
        throw new Error(`${resource} has a verb that no role may have: ${[...verbs]}.`);
      }
      byVerbs.set(text, [...(byVerbs.get(text) ?? []), resource]);
    }
    return [...byVerbs].flatMap(([verbs, names]) => [
      `  - apiGroups: [${group === '' ? '""' : group}]`,
      '    resources:',
      ...names.map((name) => `      - ${name}`),
      `    verbs: [${verbs}]`,
    ]);
  });
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
