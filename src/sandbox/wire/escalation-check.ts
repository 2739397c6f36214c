import type { NewObject } from '../store/kube-object.js';
import { forbidden } from '../store/refusals.js';
import type { ResourceKinds } from '../store/resource-kind.js';
import type { AdmissionPlugin, AdmissionRequest } from './extension.js';
import { type Attributes, type PolicyRule, type RbacAuthorizer, ruleAllows } from './rbac-authorizer.js';

const GROUP = 'rbac.authorization.k8s.io';
const ROLES = [`roles.${GROUP}`, `clusterroles.${GROUP}`];
const BINDINGS = [`rolebindings.${GROUP}`, `clusterrolebindings.${GROUP}`];

/** Every single thing that a rule allows, so that each can be looked up among the rules someone holds. */
function* atoms(rule: PolicyRule): Iterable<Attributes> {
  for (const verb of rule.verbs ?? []) {
    for (const path of rule.nonResourceURLs ?? []) yield { verb, path };
    for (const group of rule.apiGroups ?? [])
      for (const resource of rule.resources ?? [])
        if (!rule.resourceNames?.length) yield { verb, group, resource };
        else for (const name of rule.resourceNames) yield { verb, group, resource, name };
  }
}

const covers = (held: readonly PolicyRule[], wanted: PolicyRule) =>
  [...atoms(wanted)].every((atom) => held.some((rule) => ruleAllows(rule, atom)));

const goList = (items: string[] | undefined) =>
  `[${(items ?? []).map((item) => JSON.stringify(item)).join(', ')}]`;

function spell(rule: PolicyRule): string {
  const parts = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['ResourceNames', rule.resourceNames],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['Verbs', rule.verbs],
  ] as const;
  return `{${parts
    .filter(([, items]) => items?.length)
    .map(([name, items]) => `${name}:${goList(items)}`)
    .join(', ')}}`;
}

/**
 * Nobody grants more than they hold: creating or changing a role needs its rules or the verb `escalate`,
 * binding one needs its rules or the verb `bind` (the `policybased` registries of Kubernetes).
 */
export class EscalationCheck implements AdmissionPlugin {
  readonly resources = [...ROLES, ...BINDINGS];

  constructor(
    private readonly rbac: RbacAuthorizer,
    private readonly kinds: ResourceKinds,
  ) {}

  validate(request: AdmissionRequest): void {
    if (request.operation === 'DELETE' || !request.object) return;
    const { user, namespace, resource, object } = request;
    const isRole = ROLES.includes(resource);
    const plural = resource.slice(0, resource.indexOf('.'));
    const wanted = isRole ? this.rulesOfRole(object) : this.rulesOfBinding(request, object);
    const asked: Attributes = isRole
      ? { verb: 'escalate', group: GROUP, resource: plural, namespace, name: object.metadata.name }
      : {
          verb: 'bind',
          group: GROUP,
          resource: object.roleRef?.kind === 'ClusterRole' ? 'clusterroles' : 'roles',
          namespace,
          name: object.roleRef?.name,
        };
    if (this.rbac.allows(user, asked)) return;
    const held = this.rbac.rulesOf(user, namespace);
    const missing = wanted.filter((rule) => !covers(held, rule));
    if (missing.length === 0) return;
    throw forbidden(
      this.kinds.require(resource),
      object.metadata.name,
      `user ${JSON.stringify(user.name)} (groups=${goList(user.groups)}) is attempting to grant RBAC permissions not currently held:\n${missing.map(spell).join('\n')}`,
    );
  }

  private rulesOfRole(object: NewObject): readonly PolicyRule[] {
    return object.rules ?? [];
  }

  private rulesOfBinding(request: AdmissionRequest, object: NewObject): readonly PolicyRule[] {
    const rules = this.rbac.roleRules(object.roleRef ?? {}, request.namespace);
    if (rules) return rules;
    // A role that does not exist grants nothing yet, but might tomorrow: only `bind` helps.
    return [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];
  }
}
