import { badRequest } from '../store/refusals.js';

type Json = Record<string, unknown>;

const isMap = (value: unknown): value is Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** Merge keys of the lists in the built-in kinds (`patchMergeKey` of k8s.io/api); other lists are replaced. */
const MERGE_KEYS: Record<string, readonly string[]> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  ports: ['containerPort', 'port'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  imagePullSecrets: ['name'],
  secrets: ['name'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey'],
  conditions: ['type'],
  addresses: ['type'],
  ownerReferences: ['uid'],
};
const PRIMITIVE_MERGE = new Set(['finalizers', 'podCIDRs']);
const DIRECTIVE = /^\$(patch|retainKeys|setElementOrder\/|deleteFromPrimitiveList\/)/;

function mergeKeyOf(field: string, items: unknown[]): string | undefined {
  return MERGE_KEYS[field]?.find((key) => items.some((item) => isMap(item) && key in item));
}

function mergeList(
  field: string,
  present: unknown[],
  patch: unknown[],
  order: unknown[] | undefined,
): unknown[] {
  const key = mergeKeyOf(field, [...patch, ...present]);
  if (!key) {
    if (!PRIMITIVE_MERGE.has(field)) return patch;
    return [...present, ...patch.filter((item) => !present.includes(item))];
  }
  if (patch.some((item) => isMap(item) && item.$patch === 'replace'))
    return patch.filter((item) => !(isMap(item) && item.$patch === 'replace'));
  let result = [...present];
  for (const item of patch) {
    if (!isMap(item))
      throw badRequest(`cannot merge a list of ${field} with something that is not an object`);
    if (item[key] === undefined && !('$patch' in item))
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    const at = result.findIndex((other) => isMap(other) && other[key] === item[key]);
    if (item.$patch === 'delete') result = result.filter((_, index) => index !== at);
    else if (at < 0) result.push(withoutDirectives(item));
    else result[at] = strategicMerge(result[at] as Json, item);
  }
  if (!order) return result;
  const rank = (item: unknown) =>
    order.findIndex((other) => isMap(other) && isMap(item) && other[key] === item[key]);
  const ordered = result.filter((item) => rank(item) >= 0).sort((left, right) => rank(left) - rank(right));
  return [...ordered, ...result.filter((item) => rank(item) < 0)];
}

function withoutDirectives(value: Json): Json {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => !DIRECTIVE.test(key) && inner !== null)
      .map(([key, inner]) => [key, isMap(inner) ? withoutDirectives(inner) : inner]),
  );
}

/**
 * A strategic merge patch over an object of a built-in kind; directives `$patch`, `$retainKeys`,
 * `$setElementOrder` and `$deleteFromPrimitiveList` as k8s.io/apimachinery/pkg/util/strategicpatch has them.
 */
export function strategicMerge(target: Json, patch: Json): Json {
  if (patch.$patch === 'replace') return withoutDirectives(patch);
  if (patch.$patch === 'delete') return {};
  const result: Json = { ...target };
  const retain = patch.$retainKeys;
  if (Array.isArray(retain))
    for (const key of Object.keys(result)) if (!retain.includes(key)) delete result[key];
  for (const [key, value] of Object.entries(patch)) {
    const primitives = /^\$deleteFromPrimitiveList\/(.*)$/.exec(key)?.[1];
    if (primitives && Array.isArray(value) && Array.isArray(result[primitives]))
      result[primitives] = (result[primitives] as unknown[]).filter((item) => !value.includes(item));
    if (DIRECTIVE.test(key)) continue;
    const present = result[key];
    if (value === null) delete result[key];
    else if (Array.isArray(value)) {
      const order = patch[`$setElementOrder/${key}`];
      result[key] = mergeList(
        key,
        Array.isArray(present) ? present : [],
        value,
        Array.isArray(order) ? order : undefined,
      );
    } else if (isMap(value)) {
      if (value.$patch === 'delete') delete result[key];
      else result[key] = isMap(present) ? strategicMerge(present, value) : withoutDirectives(value);
    } else result[key] = value;
  }
  return result;
}
