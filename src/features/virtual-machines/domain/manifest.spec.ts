import fc from 'fast-check';
import { ClusterSchemas, KUBEVIRT_VERSIONS } from '../../../../test/schemas/cluster-schemas.js';
import { machineSecrets } from './machine-secrets.js';
import { type Provenance, virtualMachineManifest } from './manifest.js';
import { foundSources, goodBodies, multusNames } from './sample-bodies.spec-support.js';
import { specify } from './specify.js';

const from: Provenance = {
  namespace: 'vg-demo-12345',
  operationId: '01890000-0000-7000-8000-000000000000',
  requestId: 'request-1',
  requestedBy: { type: 'user', id: 'u-1', name: 'Ada' },
};
const schemas = ClusterSchemas.load();

/** Every path that may be written, list indexes as `[]`; nothing else ever reaches the cluster. */
const ALLOWED = [
  'apiVersion',
  'kind',
  'metadata.name',
  'metadata.namespace',
  'metadata.labels.<user>',
  'metadata.labels.kubevirt.io/vm-delete-protection',
  'metadata.annotations.virtgate.io/display-name',
  'metadata.annotations.virtgate.io/run-strategy',
  'metadata.annotations.virtgate.io/ssh-keys',
  'metadata.annotations.virtgate.io/request-id',
  'metadata.annotations.virtgate.io/operation-id',
  'metadata.annotations.virtgate.io/created-by',
  'spec.runStrategy',
  'spec.instancetype.kind',
  'spec.instancetype.name',
  'spec.preference.kind',
  'spec.preference.name',
  'spec.dataVolumeTemplates[].metadata.name',
  'spec.dataVolumeTemplates[].metadata.annotations.cdi.kubevirt.io/storage.bind.immediate.requested',
  'spec.dataVolumeTemplates[].spec.source.http.url',
  'spec.dataVolumeTemplates[].spec.source.blank',
  'spec.dataVolumeTemplates[].spec.source.registry.url',
  'spec.dataVolumeTemplates[].spec.source.pvc.namespace',
  'spec.dataVolumeTemplates[].spec.source.pvc.name',
  'spec.dataVolumeTemplates[].spec.source.snapshot.namespace',
  'spec.dataVolumeTemplates[].spec.source.snapshot.name',
  'spec.dataVolumeTemplates[].spec.sourceRef.kind',
  'spec.dataVolumeTemplates[].spec.sourceRef.namespace',
  'spec.dataVolumeTemplates[].spec.sourceRef.name',
  'spec.dataVolumeTemplates[].spec.storage.resources.requests.storage',
  'spec.dataVolumeTemplates[].spec.storage.storageClassName',
  'spec.template.metadata.labels.kubevirt.io/domain',
  'spec.template.spec.evictionStrategy',
  'spec.template.spec.readinessProbe.httpGet.port',
  'spec.template.spec.readinessProbe.httpGet.path',
  'spec.template.spec.readinessProbe.httpGet.scheme',
  'spec.template.spec.readinessProbe.tcpSocket.port',
  'spec.template.spec.readinessProbe.guestAgentPing',
  'spec.template.spec.readinessProbe.initialDelaySeconds',
  'spec.template.spec.readinessProbe.periodSeconds',
  'spec.template.spec.readinessProbe.timeoutSeconds',
  'spec.template.spec.readinessProbe.successThreshold',
  'spec.template.spec.readinessProbe.failureThreshold',
  'spec.template.spec.livenessProbe.httpGet.port',
  'spec.template.spec.livenessProbe.httpGet.path',
  'spec.template.spec.livenessProbe.httpGet.scheme',
  'spec.template.spec.livenessProbe.tcpSocket.port',
  'spec.template.spec.livenessProbe.guestAgentPing',
  'spec.template.spec.livenessProbe.initialDelaySeconds',
  'spec.template.spec.livenessProbe.periodSeconds',
  'spec.template.spec.livenessProbe.timeoutSeconds',
  'spec.template.spec.livenessProbe.successThreshold',
  'spec.template.spec.livenessProbe.failureThreshold',
  'spec.template.spec.domain.devices.watchdog.name',
  'spec.template.spec.domain.devices.watchdog.i6300esb.action',
  'spec.template.spec.domain.cpu.sockets',
  'spec.template.spec.domain.cpu.cores',
  'spec.template.spec.domain.cpu.threads',
  'spec.template.spec.domain.memory.guest',
  'spec.template.spec.domain.firmware.bootloader.efi.secureBoot',
  'spec.template.spec.domain.firmware.bootloader.bios',
  'spec.template.spec.domain.features.smm.enabled',
  'spec.template.spec.domain.devices.autoattachSerialConsole',
  'spec.template.spec.domain.devices.disks[].name',
  'spec.template.spec.domain.devices.disks[].bootOrder',
  'spec.template.spec.domain.devices.disks[].disk',
  'spec.template.spec.domain.devices.disks[].disk.bus',
  'spec.template.spec.domain.devices.disks[].cdrom',
  'spec.template.spec.domain.devices.disks[].cdrom.bus',
  'spec.template.spec.domain.devices.interfaces[].name',
  'spec.template.spec.domain.devices.interfaces[].masquerade',
  'spec.template.spec.domain.devices.interfaces[].bridge',
  'spec.template.spec.domain.devices.interfaces[].model',
  'spec.template.spec.domain.devices.interfaces[].macAddress',
  'spec.template.spec.domain.devices.interfaces[].bootOrder',
  'spec.template.spec.domain.devices.interfaces[].ports[].port',
  'spec.template.spec.domain.devices.interfaces[].ports[].protocol',
  'spec.template.spec.domain.devices.interfaces[].ports[].name',
  'spec.template.spec.domain.devices.autoattachPodInterface',
  'spec.template.spec.domain.devices.rng',
  'spec.template.spec.domain.devices.tpm',
  'spec.template.spec.networks[].name',
  'spec.template.spec.networks[].pod',
  'spec.template.spec.networks[].multus.networkName',
  'spec.template.spec.volumes[].name',
  'spec.template.spec.volumes[].dataVolume.name',
  'spec.template.spec.volumes[].cloudInitNoCloud.secretRef.name',
  'spec.template.spec.volumes[].cloudInitNoCloud.networkDataSecretRef.name',
  'spec.template.spec.volumes[].cloudInitNoCloud.userData',
  'spec.template.spec.volumes[].sysprep.secret.name',
  'spec.template.spec.accessCredentials[].sshPublicKey.source.secret.secretName',
  'spec.template.spec.accessCredentials[].sshPublicKey.propagationMethod.qemuGuestAgent.users[]',
];

function pathsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Object.entries(value);
  if (entries.length === 0) return path === 'metadata.labels' ? [] : [path];
  return entries.flatMap(([key, item]) => pathsOf(item, path === '' ? key : `${path}.${key}`));
}

describe('the manifest of any accepted create', () => {
  it('holds nothing but what is allowed', () => {
    const allowed = new Set(ALLOWED);
    fc.assert(
      fc.property(goodBodies, foundSources, (body, found) => {
        const users = new Set(Object.keys(body.labels ?? {}).map((key) => `metadata.labels.${key}`));
        const paths = pathsOf(virtualMachineManifest(specify(body, found, multusNames(body)), from));
        const strange = paths.filter((path) => {
          const own = path.replace(/^spec\.template\.(?=metadata\.labels\.)/, '');
          return !allowed.has(users.has(own) ? 'metadata.labels.<user>' : path);
        });
        expect(strange).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps user data out of it, in a secret of the operation', () => {
    fc.assert(
      fc.property(goodBodies, (body) => {
        const spec = specify(body, null, multusNames(body));
        const secrets = machineSecrets(spec, from);
        const [secret = null] = secrets.filter(({ metadata }) => metadata.name.includes('-cloudinit-'));
        const text = JSON.stringify(virtualMachineManifest(spec, from));
        expect(secret !== null).toBe(spec.userData !== null);
        if (!secret || spec.userData === null) return;
        expect(Buffer.from(secret.data?.userdata ?? '', 'base64').toString()).toBe(spec.userData);
        const network = secret.data?.networkdata;
        expect(network ? Buffer.from(network, 'base64').toString() : null).toBe(spec.networkData);
        expect(text).not.toContain('ethernets');
        expect(text).toContain(secret.metadata.name);
        expect(text).not.toContain('authorized_keys');
        expect(text).not.toContain('answers');
        // Each is referred to, and nothing else is.
        for (const { metadata } of secrets) expect(text).toContain(`"${metadata.name}"`);
        expect(text.match(/-(cloudinit|sysprep|ssh)-[0-9a-f]+"/g)?.length ?? 0).toBe(
          secrets.length + (spec.networkData === null ? 0 : 1),
        );
        expect(secret.metadata.name.length).toBeLessThanOrEqual(253);
      }),
    );
  });

  if (schemas) {
    it.each(KUBEVIRT_VERSIONS)('validates against the published schemas of KubeVirt %s', (version) => {
      fc.assert(
        fc.property(goodBodies, foundSources, (body, found) => {
          const machine = virtualMachineManifest(specify(body, found, multusNames(body)), from);
          expect(schemas.validate(version, { ...machine })).toEqual([]);
          const [template] = machine.spec.dataVolumeTemplates;
          const dataVolume = { apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'DataVolume', ...template };
          expect(schemas.validate(version, dataVolume)).toEqual([]);
        }),
        { numRuns: 200 },
      );
    });
  } else {
    it.skip('validates against the published schemas (skipped: they are not beside the repository)', () => {});
  }

  it('gives a machine that is off its disk at once, whatever the storage waits for', () => {
    const body = { name: 'a', cpus: 1, memory: '1Gi', bootDisk: { blank: true, size: '1Gi' } };
    const annotations = (start: boolean) =>
      virtualMachineManifest(specify({ ...body, start }), from).spec.dataVolumeTemplates[0].metadata
        .annotations;
    expect(annotations(false)).toEqual({ 'cdi.kubevirt.io/storage.bind.immediate.requested': 'true' });
    expect(annotations(true)).toBeUndefined();
  });
});
