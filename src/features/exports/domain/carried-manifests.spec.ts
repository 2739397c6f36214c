import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import { carriedManifests } from './carried-manifests.js';

const inside = 'https://virt-export-out.vg-demo-1.svc/volumes';
const volumes = [
  { name: 'web-root', size: '10Gi', url: 'https://virtgate.test/web-root' },
  { name: 'web-data', size: null, url: 'https://virtgate.test/web-data' },
];
const clean = (machine: KubeObject): KubeObject => structuredClone(machine);
const http = (name: string) => ({
  http: {
    url: `${inside}/${name}/disk.img.gz`,
    certConfigMap: 'export-ca-cm-out',
    secretExtraHeaders: ['header-secret-out'],
  },
});
const authority = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'export-ca-cm-out' } };

describe('what is carried elsewhere', () => {
  it('is the machine and its disks, which virtgate gives; nothing of the server inside', () => {
    const storage = { resources: { requests: { storage: '10737418240' } }, storageClassName: 'fast' };
    const given = [
      authority,
      { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name: 'web' }, spec: {} },
      {
        apiVersion: 'cdi.kubevirt.io/v1beta1',
        kind: 'DataVolume',
        metadata: { name: 'root-of-web' },
        spec: { source: http('web-root'), storage },
      },
    ];
    const carried = carriedManifests(given, { volumes, headerSecret: 'out-download', clean });
    expect(carried.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([
      ['VirtualMachine', 'web'],
      ['DataVolume', 'root-of-web'],
      ['DataVolume', 'web-data'],
    ]);
    expect(carried[1]?.spec).toEqual({
      storage,
      source: { http: { url: 'https://virtgate.test/web-root', secretExtraHeaders: ['out-download'] } },
    });
    expect(carried[2]?.spec).toMatchObject({ storage: {}, source: { http: { url: volumes[1]?.url } } });
    expect(JSON.stringify(carried)).not.toContain('virt-export-out');
  });

  it('keeps disks in their templates, as KubeVirt gives those that the machine was made with', () => {
    const template = (name: string) => ({ metadata: { name }, spec: { source: http(name), storage: {} } });
    const given = [
      {
        apiVersion: 'kubevirt.io/v1',
        kind: 'VirtualMachine',
        metadata: { name: 'web' },
        spec: { dataVolumeTemplates: [template('web-root')] },
      },
    ];
    const carried = carriedManifests(given, { volumes, headerSecret: null, clean });
    expect(carried.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([
      ['VirtualMachine', 'web'],
      ['DataVolume', 'web-data'],
    ]);
    expect(carried[0]?.spec).toEqual({
      dataVolumeTemplates: [
        { metadata: { name: 'web-root' }, spec: { source: { http: { url: volumes[0]?.url } }, storage: {} } },
      ],
    });
    expect(given[0]?.spec).toEqual({ dataVolumeTemplates: [template('web-root')] });
  });

  it('leaves its MAC addresses to the original', () => {
    const nic = (macAddress?: string) => ({
      name: 'default',
      masquerade: {},
      ...(macAddress && { macAddress }),
    });
    const machine = (one: object) => ({
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: { name: 'web' },
      spec: { template: { spec: { domain: { devices: { interfaces: [one] } } } } },
    });
    const given = machine(nic('02:00:00:00:00:01'));
    const carried = carriedManifests([given], { volumes: [], headerSecret: null, clean });
    expect(carried).toEqual([machine(nic())]);
    expect(given).toEqual(machine(nic('02:00:00:00:00:01')));
  });

  it('is the disks alone where the server knows no machine', () => {
    const carried = carriedManifests([], { volumes, headerSecret: 'out-download', clean });
    expect(carried.map(({ spec }) => spec)).toMatchObject([
      { storage: { resources: { requests: { storage: '10Gi' } } } },
      { source: { http: { url: 'https://virtgate.test/web-data' } } },
    ]);
  });
});
