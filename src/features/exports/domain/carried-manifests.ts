import type { KubeObject } from '../../../kubevirt-types/kube-object.js';

/** What a DataVolume is told to fetch. */
export interface CarriedVolume {
  name: string;
  /** Quantity; null where it is not known. */
  size: string | null;
  /** Where virtgate gives it. */
  url: string;
}

export interface Carrying {
  volumes: readonly CarriedVolume[];
  /** Secret whose values are sent as headers; null where the addresses need none. */
  headerSecret: string | null;
  /** A machine as it leaves. */
  clean(machine: KubeObject): KubeObject;
}

type Fields = Record<string, unknown>;
const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Below the address of the cluster's export server a volume is known by its name. */
const volumeOf = (url: unknown): string | null =>
  /\/volumes\/([^/?#]+)\//.exec(typeof url === 'string' ? url : '')?.[1] ?? null;

/**
 * What makes a machine and its disks again somewhere else, out of what the cluster's export server gives (a machine,
 * DataVolumes or templates of them, the authority of that server). Nobody outside reaches that server, nor has its
 * token: here the disks come from virtgate. Where the server gives no manifests, as for a single disk, the disks
 * alone.
 */
export function carriedManifests(given: readonly KubeObject[], carrying: Carrying): KubeObject[] {
  const machines = given.filter(({ kind }) => kind === 'VirtualMachine');
  const inTemplates = new Set(
    machines.flatMap(({ spec }) => templatesOf(spec).map((one) => sourceVolume(one.spec))),
  );
  const others = carrying.volumes.filter(({ name }) => !inTemplates.has(name));
  return [
    ...machines.map((machine) => withTemplates(withoutMacs(carrying.clean(machine)), carrying)),
    ...others.map((volume) => dataVolume(volume, carrying, given)),
  ];
}

function dataVolume(volume: CarriedVolume, carrying: Carrying, given: readonly KubeObject[]): KubeObject {
  const named = given.find(({ kind, spec }) => kind === 'DataVolume' && sourceVolume(spec) === volume.name);
  const asGiven = fields(named?.spec);
  const storage = volume.size === null ? {} : { resources: { requests: { storage: volume.size } } };
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: { name: named?.metadata.name ?? volume.name },
    spec: { ...(named ? asGiven : { storage }), source: { http: sourceOf(volume, carrying) } },
  };
}

/** The original keeps its own; where the copy is made, it is given others. */
function withoutMacs(machine: KubeObject): KubeObject {
  const { devices } = fields(fields(fields(fields(machine.spec).template).spec).domain);
  for (const nic of list(fields(devices).interfaces)) delete fields(nic).macAddress;
  return machine;
}

function withTemplates(machine: KubeObject, carrying: Carrying): KubeObject {
  for (const template of templatesOf(machine.spec)) {
    const spec = fields(template.spec);
    const volume = carrying.volumes.find(({ name }) => name === sourceVolume(spec));
    if (volume) spec.source = { http: sourceOf(volume, carrying) };
  }
  return machine;
}

const templatesOf = (spec: unknown): Fields[] => list(fields(spec).dataVolumeTemplates).map(fields);

const sourceVolume = (spec: unknown): string | null => volumeOf(fields(fields(fields(spec).source).http).url);

const sourceOf = ({ url }: CarriedVolume, { headerSecret }: Carrying) => ({
  url,
  ...(headerSecret === null ? {} : { secretExtraHeaders: [headerSecret] }),
});
