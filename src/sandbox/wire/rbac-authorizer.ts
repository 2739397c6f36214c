import type { KubeObject } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import type { User } from './extension.js';

export interface PolicyRule {
  verbs?: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

/** What is asked of RBAC: a resource, or a path where `path` is given. */
export interface Attributes {
  verb: string;
  group?: string;
  /** With its subresource: `virtualmachines/start`. */
  resource?: string;
  namespace?: string;
  name?: string;
  path?: string;
}

interface Subject {
  kind: string;
  name: string;
  namespace?: string;
}

interface Grant {
  rules: readonly PolicyRule[];
  by: string;
}

interface Binding {
  subjects: readonly Subject[];
  roleRef: { kind: string; name: string };
  by: string;
}

const RBAC_GROUP = 'rbac.authorization.k8s.io';
export const MASTERS = 'system:masters';

const includes = (list: readonly string[] | undefined, value: string) =>
  list !== undefined && (list.includes(value) || list.includes('*'));

function resourceMatches(rule: PolicyRule, resource: string): boolean {
  if (includes(rule.resources, resource)) return true;
  const slash = resource.indexOf('/');
  return slash >= 0 && (rule.resources?.includes(`*/${resource.slice(slash + 1)}`) ?? false);
}

const pathMatches = (pattern: string, path: string) =>
  pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)));

/** Whether one rule allows what is asked; matching as in Kubernetes' RBAC authorizer. */
export function ruleAllows(rule: PolicyRule, asked: Attributes): boolean {
  if (!includes(rule.verbs, asked.verb)) return false;
  if (asked.path !== undefined)
    return rule.nonResourceURLs?.some((pattern) => pathMatches(pattern, asked.path as string)) ?? false;
  return (
    includes(rule.apiGroups, asked.group ?? '') &&
    resourceMatches(rule, asked.resource ?? '') &&
    (!rule.resourceNames?.length || (asked.name !== undefined && rule.resourceNames.includes(asked.name)))
  );
}

function isSubject(subject: Subject, user: User, bindingNamespace: string | undefined): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.name === user.name;
    case 'Group':
      return user.groups.includes(subject.name);
    case 'ServiceAccount':
      return user.name === `system:serviceaccount:${subject.namespace ?? bindingNamespace}:${subject.name}`;
    default:
      return false;
  }
}

/** Answers from the Roles, ClusterRoles and bindings in the store. */
export class RbacAuthorizer {
  private clusterBindings: Binding[] | undefined;
  private readonly bindingsOf = new Map<string, Binding[]>();

  constructor(private readonly store: ObjectStore) {
    store.subscribe((event) => {
      if (event.resource === `clusterrolebindings.${RBAC_GROUP}`) this.clusterBindings = undefined;
      if (event.resource === `rolebindings.${RBAC_GROUP}`)
        this.bindingsOf.delete(event.object.metadata.namespace ?? '');
    });
  }

  /** Why it is allowed, or undefined if nothing allows it. */
  allows(user: User, asked: Attributes): string | undefined {
    if (user.groups.includes(MASTERS)) return 'system:masters';
    for (const grant of this.grants(user, asked.namespace))
      if (grant.rules.some((rule) => ruleAllows(rule, asked))) return `RBAC: allowed by ${grant.by}`;
    return undefined;
  }

  /** Every rule the user holds at cluster scope and, if given, in the namespace. */
  rulesOf(user: User, namespace?: string): PolicyRule[] {
    const rules = [...this.grants(user, namespace)].flatMap((grant) => grant.rules);
    if (!user.groups.includes(MASTERS)) return rules;
    return [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['*'], nonResourceURLs: ['*'] },
      ...rules,
    ];
  }

  /** The rules that a binding's roleRef names; undefined if there is no such role. */
  roleRules(
    roleRef: { kind: string; name: string },
    namespace: string | undefined,
  ): readonly PolicyRule[] | undefined {
    const role =
      roleRef.kind === 'ClusterRole'
        ? this.store.get(`clusterroles.${RBAC_GROUP}`, undefined, roleRef.name)
        : this.store.get(`roles.${RBAC_GROUP}`, namespace, roleRef.name);
    return role && (role.rules ?? []);
  }

  private *grants(user: User, namespace: string | undefined): Iterable<Grant> {
    this.clusterBindings ??= this.store
      .list(`clusterrolebindings.${RBAC_GROUP}`)
      .map((object) => this.compile(object));
    yield* this.applying(this.clusterBindings, user, undefined);
    if (namespace === undefined) return;
    let bindings = this.bindingsOf.get(namespace);
    if (!bindings) {
      bindings = this.store
        .list(`rolebindings.${RBAC_GROUP}`, namespace)
        .map((object) => this.compile(object));
      this.bindingsOf.set(namespace, bindings);
    }
    yield* this.applying(bindings, user, namespace);
  }

  private *applying(bindings: Binding[], user: User, namespace: string | undefined): Iterable<Grant> {
    for (const binding of bindings) {
      if (!binding.subjects.some((subject) => isSubject(subject, user, namespace))) continue;
      const rules = this.roleRules(binding.roleRef, namespace);
      if (rules) yield { rules, by: binding.by };
    }
  }

  private compile(object: KubeObject): Binding {
    const { name, namespace } = object.metadata;
    const place = namespace ? `RoleBinding "${namespace}/${name}"` : `ClusterRoleBinding "${name}"`;
    return {
      subjects: object.subjects ?? [],
      roleRef: object.roleRef,
      by: `${place} of ${object.roleRef?.kind} "${object.roleRef?.name}"`,
    };
  }
}
