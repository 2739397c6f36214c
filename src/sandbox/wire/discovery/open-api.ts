import { groupVersion, type ResourceKind, type ResourceKinds } from '../../store/resource-kind.js';

const info = { title: 'virtgate sandbox', version: 'v1.32.4' };

const pathOf = (group: string, version: string) =>
  group === '' ? `api/${version}` : `apis/${groupVersion(group, version)}`;

export const openApiV2 = () => ({ swagger: '2.0', info, paths: {}, definitions: {} });

export function openApiV3Index(kinds: ResourceKinds) {
  const paths: Record<string, { serverRelativeURL: string }> = {};
  for (const [group, versions] of kinds.groups())
    for (const version of versions) {
      const path = pathOf(group, version);
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}` };
    }
  return { paths };
}

const query = (name: string) => ({
  name,
  in: 'query',
  schema: { type: 'string', uniqueItems: true },
});

const operation = (action: string, kind: ResourceKind, version: string) => ({
  'x-kubernetes-action': action,
  'x-kubernetes-group-version-kind': { group: kind.group, version, kind: kind.kind },
  parameters: ['dryRun', 'fieldManager', 'fieldValidation'].map(query),
  responses: { 200: { description: 'OK' } },
});

/**
 * The document of one group and version: its paths and the parameters they take (kubectl looks there for
 * `dryRun` and `fieldValidation`), without schemas. Undefined for a group that is not served.
 */
export function openApiV3Document(kinds: ResourceKinds, path: string): object | undefined {
  const served = kinds.all.flatMap((kind) =>
    kind.versions
      .filter((version) => pathOf(kind.group, version) === path)
      .map((version) => ({ kind, version })),
  );
  if (served.length === 0) return undefined;
  const paths: Record<string, object> = {};
  for (const { kind, version } of served) {
    const base = `/${path}/${kind.namespaced ? 'namespaces/{namespace}/' : ''}${kind.plural}`;
    paths[base] = { get: operation('list', kind, version), post: operation('post', kind, version) };
    paths[`${base}/{name}`] = {
      get: operation('get', kind, version),
      put: operation('put', kind, version),
      patch: operation('patch', kind, version),
      delete: operation('delete', kind, version),
    };
  }
  return { openapi: '3.0.0', info, paths, components: { schemas: {} } };
}
