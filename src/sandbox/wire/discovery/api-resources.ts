import type { ResourceKind, ResourceKinds } from '../../store/resource-kind.js';
import type { SubresourceRoute } from '../extension.js';
import { reviewKinds } from '../review-api.js';

/** An entry of an APIResourceList. */
export interface ApiResource {
  name: string;
  singularName: string;
  namespaced: boolean;
  group?: string;
  version?: string;
  kind: string;
  verbs: readonly string[] | null;
  shortNames?: readonly string[];
  categories?: readonly string[];
}

const STATUS_VERBS = ['get', 'patch', 'update'];

function ofKind(kind: ResourceKind): ApiResource[] {
  const { namespaced, plural } = kind;
  const entries: ApiResource[] = [
    {
      name: plural,
      singularName: kind.custom ? kind.singular : '',
      namespaced,
      kind: kind.kind,
      verbs: kind.verbs,
      ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
      ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
    },
  ];
  if (kind.hasStatus)
    entries.push({
      name: `${plural}/status`,
      singularName: '',
      namespaced,
      kind: kind.kind,
      verbs: STATUS_VERBS,
    });
  if (kind.hasScale)
    entries.push({
      name: `${plural}/scale`,
      singularName: '',
      namespaced,
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: STATUS_VERBS,
    });
  if (kind.resource === 'serviceaccounts')
    entries.push({
      name: 'serviceaccounts/token',
      singularName: '',
      namespaced,
      group: 'authentication.k8s.io',
      version: 'v1',
      kind: 'TokenRequest',
      verbs: ['create'],
    });
  return entries;
}

const VERB_OF = { GET: 'get', PUT: 'update', POST: 'create' } as const;

function ofRoute(route: SubresourceRoute, version: string): ApiResource {
  // An aggregated API lists its subresources without kind or verbs; only the upload token is a resource.
  if (route.resource === 'uploadtokenrequests')
    return {
      name: 'uploadtokenrequests',
      singularName: 'uploadtokenrequest',
      namespaced: true,
      group: route.group,
      version,
      kind: 'UploadTokenRequest',
      verbs: ['create'],
      shortNames: ['utr', 'utrs'],
    };
  return {
    name: route.subresource === '' ? route.resource : `${route.resource}/${route.subresource}`,
    singularName: '',
    namespaced: !['version', 'guestfs', 'healthz'].includes(route.resource),
    // The API server's own subresources have their resource's kind.
    kind: route.group === '' ? 'Pod' : '',
    ...route.takes,
    verbs: route.group === 'subresources.kubevirt.io' ? null : [VERB_OF[route.method]],
  };
}

/** Group -> version -> entries, of kinds, reviews and plugged-in routes together. */
export function apiResources(
  kinds: ResourceKinds,
  routes: readonly SubresourceRoute[],
): Map<string, Map<string, ApiResource[]>> {
  const groups = new Map<string, Map<string, ApiResource[]>>();
  const put = (group: string, version: string, entries: ApiResource[]) => {
    const versions = groups.get(group) ?? new Map<string, ApiResource[]>();
    groups.set(group, versions);
    const present = versions.get(version) ?? [];
    versions.set(version, present);
    for (const entry of entries) if (!present.some((other) => other.name === entry.name)) present.push(entry);
  };
  for (const kind of kinds.all) for (const version of kind.versions) put(kind.group, version, ofKind(kind));
  for (const { group, versions, plural, kind, namespaced } of reviewKinds)
    for (const version of versions)
      put(group, version, [{ name: plural, singularName: '', namespaced, kind, verbs: ['create'] }]);
  for (const route of routes)
    for (const version of route.versions) put(route.group, version, [ofRoute(route, version)]);
  return groups;
}
