/** Of a place in an object: what may stand there. Written with the functions below; everything else is refused. */
export type Allowed =
  | { readonly is: 'value'; readonly ok: (value: unknown, at: Place) => boolean }
  | { readonly is: 'anything' }
  | { readonly is: 'object'; readonly fields: Readonly<Record<string, Allowed>> }
  | { readonly is: 'map'; readonly key: (key: string) => boolean; readonly of: Allowed }
  | { readonly is: 'list'; readonly of: Allowed }
  | { readonly is: 'gate'; readonly open: (at: Place) => boolean; readonly of: Allowed };

/** What a rule may ask about: where the object belongs, and what the platform opens. */
export interface Place {
  namespace: string;
  open: {
    readonly placement: boolean;
    readonly cpuModels: boolean;
    /** Whose networks are shared with every project. */
    readonly networkNamespaces: readonly string[] | 'all';
  };
}

/** A text, number or truth value, whatever it says. */
export const value: Allowed = { is: 'value', ok: () => true };
export const valueIf = (ok: (value: unknown, at: Place) => boolean): Allowed => ({ is: 'value', ok });
/** Whole, with all that is below. */
export const anything: Allowed = { is: 'anything' };
export const object = (fields: Readonly<Record<string, Allowed>>): Allowed => ({ is: 'object', fields });
export const map = (key: (key: string) => boolean, of: Allowed = value): Allowed => ({ is: 'map', key, of });
export const list = (of: Allowed): Allowed => ({ is: 'list', of });
export const opened = (by: 'placement' | 'cpuModels', of: Allowed): Allowed => ({
  is: 'gate',
  open: ({ open }) => open[by],
  of,
});

/** So many are named; who sends more learns the rest later. */
const MAX_NAMED = 20;

/**
 * The places of `given` that are not allowed, as dotted paths; none where all is. `from`: the object as it is in the
 * cluster; a part that is the same there is not looked at. An absent value and null (a merge patch takes away) may
 * stand wherever something may.
 */
export function refusedPaths(given: unknown, allowed: Allowed, at: Place, from?: unknown): string[] {
  return refusedIn(given, allowed, at, '', from).slice(0, MAX_NAMED);
}

function refusedIn(
  given: unknown,
  allowed: Allowed | undefined,
  at: Place,
  path: string,
  from: unknown,
): string[] {
  if (given === undefined || (from !== undefined && same(given, from))) return [];
  const refused = [path === '' ? '.' : path];
  if (!allowed) return refused;
  if (given === null || allowed.is === 'anything') return [];
  switch (allowed.is) {
    case 'gate':
      return allowed.open(at) ? refusedIn(given, allowed.of, at, path, from) : refused;
    case 'value':
      return typeof given !== 'object' && allowed.ok(given, at) ? [] : refused;
    case 'list': {
      if (!Array.isArray(given)) return refused;
      const before = Array.isArray(from) ? from : [];
      return given.flatMap((item, index) =>
        before.some((one) => same(item, one))
          ? []
          : refusedIn(item, allowed.of, at, `${path}[${index}]`, counterpart(item, before)),
      );
    }
    default:
      if (typeof given !== 'object' || Array.isArray(given)) return refused;
      return Object.entries(given).flatMap(([key, part]) =>
        refusedIn(part, fieldOf(allowed, key), at, path === '' ? key : `${path}.${key}`, own(from, key)),
      );
  }
}

function fieldOf(allowed: Allowed, key: string): Allowed | undefined {
  if (allowed.is === 'map') return allowed.key(key) ? allowed.of : undefined;
  return allowed.is === 'object' && Object.hasOwn(allowed.fields, key) ? allowed.fields[key] : undefined;
}

const own = (from: unknown, key: string): unknown =>
  typeof from === 'object' && from !== null && Object.hasOwn(from, key)
    ? (from as Record<string, unknown>)[key]
    : undefined;

/** Parts of a machine's lists are known by their names. */
const counterpart = (item: unknown, before: readonly unknown[]): unknown => {
  const name = own(item, 'name');
  return typeof name === 'string' ? before.find((one) => own(one, 'name') === name) : undefined;
};

function same(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && same(own(one, key), own(other, key)))
  );
}

/** A copy that holds only what is allowed. Of a list whose item is not wholly allowed, the item goes. */
export function onlyAllowed(given: unknown, allowed: Allowed, at: Place): unknown {
  switch (allowed.is) {
    case 'gate':
      return allowed.open(at) ? onlyAllowed(given, allowed.of, at) : undefined;
    case 'anything':
      return structuredClone(given);
    case 'value':
      return refusedPaths(given, allowed, at).length === 0 ? given : undefined;
    case 'list':
      if (!Array.isArray(given)) return undefined;
      return structuredClone(given.filter((item) => refusedPaths(item, allowed.of, at).length === 0));
    default: {
      if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined;
      const parts = Object.entries(given).flatMap(([key, part]) => {
        const rule = fieldOf(allowed, key);
        const kept = rule && onlyAllowed(part, rule, at);
        return kept === undefined ? [] : [[key, kept] as const];
      });
      return Object.fromEntries(parts);
    }
  }
}
