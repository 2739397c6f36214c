/** What a request asks for, as `k8s.io/apiserver/pkg/endpoints/request.RequestInfo` reads it from the path. */
export type RequestInfo = ResourceRequestInfo | PathRequestInfo;

export interface PathRequestInfo {
  isResource: false;
  /** The method in lower case, as non-resource rules name it. */
  verb: string;
  path: string;
}

export interface ResourceRequestInfo {
  isResource: true;
  verb: string;
  path: string;
  group: string;
  version: string;
  namespace?: string;
  resource: string;
  name?: string;
  /** Whether the path names the object (a field selector on metadata.name gives `name` too). */
  named: boolean;
  subresource?: string;
  /** Path segments after the subresource. */
  rest: string[];
}

const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

const isTrue = (value: string | null) => value !== null && value !== '' && value !== 'false' && value !== '0';

function verbOf(method: string, hasName: boolean, query: URLSearchParams): string {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (isTrue(query.get('watch'))) return 'watch';
      return hasName ? 'get' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return hasName ? 'delete' : 'deletecollection';
    default:
      return method.toLowerCase();
  }
}

const nameInFieldSelector = (query: URLSearchParams): string | undefined =>
  /(?:^|,)metadata\.name==?([^,!=]+)(?:,|$)/.exec(query.get('fieldSelector') ?? '')?.[1];

/** @param path without the query, still percent-encoded. */
export function readRequestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const segments = path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodeSegment);
  const asPath: PathRequestInfo = { isResource: false, verb: method.toLowerCase(), path };
  let group: string;
  let version: string;
  let parts: string[];
  if (segments[0] === 'api' && segments.length >= 3) {
    group = '';
    version = segments[1] as string;
    parts = segments.slice(2);
  } else if (segments[0] === 'apis' && segments.length >= 4) {
    group = segments[1] as string;
    version = segments[2] as string;
    parts = segments.slice(3);
  } else return asPath;

  let namespace: string | undefined;
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1];
    if (parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2] as string)) parts = parts.slice(2);
  }
  const [resource = '', name, subresource, ...rest] = parts;
  const verb = verbOf(method, name !== undefined, query);
  const selected = name === undefined ? nameInFieldSelector(query) : undefined;
  return {
    isResource: true,
    verb,
    path,
    group,
    version,
    namespace: resource === 'namespaces' && parts[0] === 'namespaces' ? name : namespace,
    resource,
    name: name ?? selected,
    named: name !== undefined,
    subresource,
    rest,
  };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
