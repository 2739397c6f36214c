import { parse } from 'yaml';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import { exportManifest } from './exported-manifest.js';

const live: KubeObject = {
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: {
    name: 'web',
    namespace: 'vg-demo-1',
    uid: 'u',
    resourceVersion: '7',
    generation: 3,
    creationTimestamp: '2030-01-01T00:00:00Z',
    finalizers: ['kubevirt.io/virtualMachineControllerFinalize'],
    labels: { app: 'web' },
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': '{"password":"canary"}',
      'kubevirt.io/latest-observed-api-version': 'v1',
      'virtgate.io/operation-id': 'o',
      'virtgate.io/display-name': 'Web: "1"',
    },
  },
  spec: {
    runStrategy: 'Always',
    instancetype: { name: 'u1.small', revisionName: 'web-u1.small-1' },
    dataVolumeTemplates: [{ metadata: { name: 'web-root', creationTimestamp: null }, spec: {} }],
    template: {
      metadata: { creationTimestamp: null },
      spec: {
        volumes: [
          { name: 'a', cloudInitNoCloud: { userData: 'password: canary', networkDataBase64: 'Y2FuYXJ5' } },
          { name: 'b', cloudInitConfigDrive: { userDataBase64: 'Y2FuYXJ5' } },
          { name: 'c', cloudInitNoCloud: { userData: '#cloud-config\n{}\n' } },
        ],
      },
    },
  },
  status: { printableStatus: 'Running' },
};

describe('exportManifest', () => {
  const { manifest, yaml, commands } = exportManifest(live, 'vg-demo-1');

  it('leaves what makes the machine again, and no more', () => {
    expect(manifest.metadata).toEqual({
      name: 'web',
      labels: { app: 'web' },
      annotations: { 'virtgate.io/display-name': 'Web: "1"' },
    });
    expect(manifest.status).toBeUndefined();
    expect(manifest.spec).toMatchObject({
      instancetype: { name: 'u1.small' },
      dataVolumeTemplates: [{ metadata: { name: 'web-root' } }],
    });
    expect(yaml).not.toMatch(/revisionName|creationTimestamp|resourceVersion/);
  });

  it('shows no secret, and does not change what it was given', () => {
    expect(yaml).not.toMatch(/canary|Y2FuYXJ5/);
    expect(yaml.match(/<redacted>/g)).toHaveLength(3);
    expect(yaml).toContain('#cloud-config');
    expect(JSON.stringify(live)).toContain('canary');
  });

  it('is YAML that reads as the same, headed by commands', () => {
    expect(parse(yaml)).toEqual(manifest);
    expect(yaml).toContain(`#   ${commands[0]}`);
    expect(commands).toContain('virtctl start web -n vg-demo-1');
  });
});
