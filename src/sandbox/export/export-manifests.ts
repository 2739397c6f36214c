import { stringify } from 'yaml';
import { type ExportAddress, exportLinks } from '../controllers/export-links.js';
import type { ExportedSource } from '../controllers/exported-volumes.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';

type Ready = Extract<ExportedSource, { state: 'ready' }>;

const SECRET_HEADER = 'x-kubevirt-export-token';

/**
 * What another cluster needs to take the machine over: `all` is the machine, its disks as DataVolumes that fetch
 * from this export, and the authority to trust; `secret` is the header with the token that they need for it.
 * Undefined for an export without a machine.
 */
export function exportManifest(
  which: 'all' | 'secret',
  wanted: KubeObject,
  source: Ready,
  token: string,
  address: ExportAddress,
): Untyped[] | undefined {
  if (!source.machine) return undefined;
  const { name } = wanted.metadata;
  const secretName = `header-secret-${name}`;
  const configMapName = `export-ca-cm-${name}`;
  if (which === 'secret') {
    const stringData = { token: `${SECRET_HEADER}:${token}` };
    return [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: secretName }, stringData }];
  }
  const { external } = exportLinks(wanted, source.volumes, true, address);
  const dataVolumes = source.volumes.map(({ name: volume, sizeBytes }) => ({
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: { name: volume },
    spec: {
      source: {
        http: {
          url: external.volumes.find((one: Untyped) => one.name === volume).formats[1].url,
          certConfigMap: configMapName,
          secretExtraHeaders: [secretName],
        },
      },
      storage: { resources: { requests: { storage: String(sizeBytes) } } },
    },
  }));
  const authority = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: configMapName },
    data: { 'ca.pem': address.authority },
  };
  return [authority, machineFor(source), ...dataVolumes];
}

/** As KubeVirt's export server writes them: a List in JSON, or for whoever accepts just that, documents of YAML. */
export function writtenManifest(
  objects: Untyped[],
  accept: string | undefined,
): { type: string; text: string } {
  if (accept === 'application/yaml') {
    const documents = objects.map((object) => `${stringify(object, { aliasDuplicateObjects: false })}---\n`);
    return { type: accept, text: documents.join('') };
  }
  const list = { apiVersion: 'v1', kind: 'List', metadata: {}, items: objects };
  return { type: 'application/json', text: JSON.stringify(list, undefined, 2) };
}

/** Without what only the cluster it came from knows. */
function machineFor({ machine, volumes }: Ready): Untyped {
  const { metadata, spec: given } = machine;
  const spec = structuredClone(given);
  // The disks are DataVolumes of their own here.
  delete spec.dataVolumeTemplates;
  delete spec.running;
  spec.runStrategy = 'Halted';
  for (const field of ['instancetype', 'preference']) delete spec[field]?.revisionName;
  for (const volume of spec.template?.spec?.volumes ?? []) {
    const claimName = volume.dataVolume?.name ?? volume.persistentVolumeClaim?.claimName;
    if (!claimName) continue;
    const exported = volumes.find((one) => one.name === claimName || one.name.endsWith(`-${volume.name}`));
    delete volume.persistentVolumeClaim;
    volume.dataVolume = { name: exported?.name ?? claimName };
  }
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name: metadata.name, labels: metadata.labels, annotations: metadata.annotations },
    spec,
  };
}
