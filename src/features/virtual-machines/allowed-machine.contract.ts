import { defineFailure } from '../../kernel/failure.js';
import {
  VIRTUAL_MACHINE,
  VIRTUAL_MACHINE_CLONE,
  VIRTUAL_MACHINE_RESTORE,
} from '../../platform/cluster/kinds.js';
import type { OutgoingWrite, WriteRules } from '../../platform/cluster/write-rules.js';
import { type Allowed, onlyAllowed, type Place, refusedPaths } from './domain/allow-list.js';
import {
  ALLOWED_CLONE,
  ALLOWED_MACHINE,
  ALLOWED_ORIGINAL,
  ALLOWED_PLUG,
  ALLOWED_RESTORE,
} from './domain/allowed-fields.js';
import { patchOf } from './domain/restore-patch.js';

/** What the platform opens to tenants beyond what every machine may have. */
export type Openings = Place['open'];

export const vmNotOpen = defineFailure(
  'vm.not_open',
  'unprocessable',
  'The virtual machine would hold what is not open to tenants',
  'Devices and directories of nodes, service accounts, sidecars and secrets of others never are; node placement and CPU models are where the platform allows them. An administrator of the cluster can make such a machine with kubectl.',
);

const PLURAL_RULES: Readonly<Record<string, Allowed>> = {
  [VIRTUAL_MACHINE.plural]: ALLOWED_MACHINE,
  [VIRTUAL_MACHINE_CLONE.plural]: ALLOWED_CLONE,
  [VIRTUAL_MACHINE_RESTORE.plural]: ALLOWED_RESTORE,
};
const SUBRESOURCE_RULES: Readonly<Record<string, Allowed>> = { 'subresource:addvolume': ALLOWED_PLUG };

/**
 * What may leave for the cluster about virtual machines: what src/features/virtual-machines/domain/allowed-fields.ts
 * lists, and nothing else, whoever wrote the manifest. Throws vm.not_open.
 */
export const machineWrites =
  (open: Openings): WriteRules =>
  (write) => {
    const at: Place = { namespace: write.namespace ?? '', open };
    const rule = ruleOf(write);
    if (!rule) return;
    // Of a JSON patch, nobody could say here what it makes of the object.
    if (write.verb === 'json') throw notOpen(['(a JSON patch)']);
    const refused = [...refusedPaths(write.body, rule, at, sameVersion(write)), ...patchedPaths(write, at)];
    if (refused.length > 0) throw notOpen(refused);
  };

function ruleOf({ kind, verb }: OutgoingWrite): Allowed | undefined {
  if (verb.startsWith('subresource:')) return SUBRESOURCE_RULES[verb];
  return Object.hasOwn(PLURAL_RULES, kind.plural) ? PLURAL_RULES[kind.plural] : undefined;
}

/** What was read counts only where the change says that it holds for just that version. */
function sameVersion({ body, from }: OutgoingWrite): unknown {
  const { resourceVersion } = (body as { metadata?: { resourceVersion?: string } }).metadata ?? {};
  return from?.metadata.resourceVersion !== undefined && resourceVersion === from.metadata.resourceVersion
    ? from
    : undefined;
}

/** A restore changes the machine that it makes. */
function patchedPaths({ kind, body }: OutgoingWrite, at: Place): string[] {
  if (kind.plural !== VIRTUAL_MACHINE_RESTORE.plural) return [];
  const patches = (body as { spec?: { patches?: unknown } }).spec?.patches;
  return (Array.isArray(patches) ? patches : []).flatMap((patch) => {
    const made = patchOf(patch);
    return made === null ? ['spec.patches'] : refusedPaths(made, ALLOWED_MACHINE, at);
  });
}

/** `vm.not_open`, naming the paths. */
export const notOpen = (paths: readonly string[], whose = 'This') =>
  vmNotOpen(`${whose} is not open to tenants: ${paths.join(', ')}.`, { details: { paths } });

/**
 * What a machine holds that a tenant may not copy; `namespace`: that of the copy. `present`: a machine that has part of
 * it already, which is not named.
 */
export const notOpenIn = (machine: object, open: Openings, namespace: string, present?: object): string[] =>
  refusedPaths(specOf(machine), ALLOWED_ORIGINAL, { namespace, open }, present && specOf(present));

const specOf = (machine: object): unknown => withoutNothing({ spec: (machine as { spec?: unknown }).spec });

/** A machine without what `notOpenIn` names. A volume, disk or interface that holds some of it goes as a whole. */
export const onlyOpen = <T extends object>(machine: T, open: Openings, namespace: string): T =>
  onlyAllowed(withoutNothing(machine), ALLOWED_MACHINE, { namespace, open }) as T;

/** KubeVirt's objects have nulls and empty lists where nothing is. */
const withoutNothing = (given: unknown): unknown =>
  JSON.parse(
    JSON.stringify(given, (_key, part) =>
      part === null || (Array.isArray(part) && part.length === 0) ? undefined : part,
    ),
  );
