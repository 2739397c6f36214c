import type { ClusterObject } from '../../src/platform/cluster/cluster-client.js';

/** A small machine with a blank disk, as an administrator would apply it: switched off. */
export const machineManifest = (name: string, labels: Record<string, string> = {}): ClusterObject => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name, labels },
  spec: {
    runStrategy: 'Halted',
    dataVolumeTemplates: [
      {
        metadata: { name: `${name}-root` },
        spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '64Mi' } } } },
      },
    ],
    template: {
      spec: {
        domain: { devices: {}, memory: { guest: '64Mi' } },
        volumes: [{ name: 'rootdisk', dataVolume: { name: `${name}-root` } }],
      },
    },
  },
});
