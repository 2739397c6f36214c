import { isDnsLabel } from '../../kernel/dns-name.js';
import type { ResourceKind } from './cluster-client.js';
import { clusterNameInvalid } from './cluster-failures.js';

/** `/apis/kubevirt.io/v1`, or `/api/v1` for the core group. */
export function groupPath(group: string, version: string): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/**
 * The path of a kind's collection, or of one object. Throws cluster.name_invalid for a namespace or a name that
 * could lead elsewhere: encoding alone is not trusted, since proxies in between decode.
 */
export function resourcePath(
  kind: ResourceKind,
  version: string,
  namespace: string | null,
  name?: string,
): string {
  const base = groupPath(kind.group, version);
  const scope = kind.namespaced && namespace !== null ? `/namespaces/${namespaceSegment(namespace)}` : '';
  const object = name === undefined ? '' : `/${nameSegment(name)}`;
  return `${base}${scope}/${kind.plural}${object}`;
}

/** `subresource` may be deep: "vnc/screenshot", "portforward/22/tcp". */
export function subresourcePath(
  version: string,
  namespace: string,
  resource: string,
  name: string,
  subresource: string,
): string {
  const base = groupPath('subresources.kubevirt.io', version);
  const tail = subresource.split('/').map(nameSegment).join('/');
  return `${base}/namespaces/${namespaceSegment(namespace)}/${resource}/${nameSegment(name)}/${tail}`;
}

function namespaceSegment(namespace: string): string {
  if (!isDnsLabel(namespace)) throw clusterNameInvalid('The namespace is not a DNS label.');
  return namespace;
}

/** Kubernetes' own rule for a path segment, and no control or non-ASCII characters: RBAC names may have a colon. */
function nameSegment(name: string): string {
  if (!/^[A-Za-z0-9][-A-Za-z0-9._:]{0,252}$/.test(name)) {
    throw clusterNameInvalid('A name must be letters, digits, "-", "." or ":", at most 253 of them.');
  }
  return encodeURIComponent(name);
}
