import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import {
  canonicalBandwidth,
  mirroredKey,
  type ObservedPolicy,
  type PolicySettings,
  PROJECT_LABEL_PREFIX,
  SETTINGS,
} from './policy.js';

type LabelPatch = Readonly<Record<string, string | null>> | null;

/** What clients send of selectors; in a merge patch null takes a label, or all of them, away. */
export interface SelectorsBody {
  projects?: LabelPatch;
  namespaces?: LabelPatch;
  virtualMachines?: LabelPatch;
}

export interface PolicyBody extends Partial<PolicySettings> {
  selectors?: SelectorsBody | null;
}

export interface CreatePolicyBody extends PolicyBody {
  name: string;
}

/** The API's own settings, as KubeVirt takes them. */
function settingsPatch(body: PolicyBody): Record<string, unknown> {
  const said = SETTINGS.filter((name) => body[name] !== undefined).map((name) => [name, body[name]]);
  const patch = Object.fromEntries(said);
  if (typeof patch.bandwidthPerMigration === 'string') {
    patch.bandwidthPerMigration = canonicalBandwidth(patch.bandwidthPerMigration);
  }
  return patch;
}

const withoutNulls = (labels: LabelPatch | undefined): Record<string, string> =>
  Object.fromEntries(
    Object.entries(labels ?? {}).filter((entry): entry is [string, string] => entry[1] !== null),
  );

export function policyManifest(
  { name, selectors, ...settings }: CreatePolicyBody,
  annotations: Record<string, string>,
): KubeObject {
  const projects = Object.entries(withoutNulls(selectors?.projects)).map(([key, value]) => [
    mirroredKey(key),
    value,
  ]);
  return {
    apiVersion: 'migrations.kubevirt.io/v1alpha1',
    kind: 'MigrationPolicy',
    metadata: { name, annotations },
    spec: {
      selectors: {
        namespaceSelector: { ...withoutNulls(selectors?.namespaces), ...Object.fromEntries(projects) },
        virtualMachineInstanceSelector: withoutNulls(selectors?.virtualMachines),
      },
      ...Object.fromEntries(Object.entries(settingsPatch(settings)).filter(([, value]) => value !== null)),
    },
  };
}

/** RFC 7396, on the object of the cluster. */
export function policyPatch(body: PolicyBody, present: ObservedPolicy): { spec: Record<string, unknown> } {
  const { selectors, ...settings } = body;
  return {
    spec: {
      ...settingsPatch(settings),
      ...(selectors !== undefined && {
        selectors: selectorsPatch(selectors ?? {}, selectors === null, present),
      }),
    },
  };
}

function selectorsPatch(selectors: SelectorsBody, all: boolean, { selectors: present }: ObservedPolicy) {
  const patchOf = (asked: LabelPatch | undefined, has: Readonly<Record<string, string>>) => {
    if (asked === undefined && !all) return {};
    const gone = asked === null || all ? Object.keys(has).map((key): [string, null] => [key, null]) : [];
    return Object.fromEntries([...gone, ...Object.entries(asked ?? {})]);
  };
  const projects = Object.entries(patchOf(selectors.projects, present.projects)).map(
    ([key, value]): [string, unknown] => [mirroredKey(key), value],
  );
  return {
    namespaceSelector: {
      ...patchOf(selectors.namespaces, present.namespaces),
      ...Object.fromEntries(projects),
    },
    virtualMachineInstanceSelector: patchOf(selectors.virtualMachines, present.virtualMachines),
  };
}

/** The namespace's labels apart from those that stand for the project's. */
export function splitNamespaceSelector(labels: Readonly<Record<string, string>>): {
  projects: Record<string, string>;
  namespaces: Record<string, string>;
} {
  const of = Object.entries(labels);
  const isMirrored = ([key]: [string, string]) => key.startsWith(PROJECT_LABEL_PREFIX);
  return {
    projects: Object.fromEntries(
      of.filter(isMirrored).map(([key, value]) => [ownKey(key.slice(PROJECT_LABEL_PREFIX.length)), value]),
    ),
    namespaces: Object.fromEntries(of.filter((entry) => !isMirrored(entry))),
  };
}

/** A key with a dot before its first "_" reads as one with a prefix: on the namespace both are the same label. */
const ownKey = (mirrored: string): string => mirrored.replace(/^([a-z0-9-]+(?:\.[a-z0-9-]+)+)_/, '$1/');
