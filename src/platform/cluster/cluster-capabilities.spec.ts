import { KubeApiPeer } from '../../../test/contract/kube-api-peer.js';
import { ApiDiscovery } from './api-discovery.js';
import { ClusterCapabilities } from './cluster-capabilities.js';
import { ClusterCredentials } from './cluster-credentials.js';
import { SILENT_LOGGER } from './cluster-logger.js';
import { ClusterTransport } from './cluster-transport.js';
import { WatchApi } from './watch-api.js';

const json = (body: unknown, status = 200) => ({ status, body: JSON.stringify(body) });
const FORBIDDEN = json(
  { kind: 'Status', reason: 'Forbidden', message: 'x is forbidden: User "v" cannot list resource "y"' },
  403,
);

describe('ClusterCapabilities', () => {
  let peer: KubeApiPeer;
  let transport: ClusterTransport;
  let capabilities: ClusterCapabilities;

  beforeEach(async () => {
    peer = await KubeApiPeer.start();
    transport = new ClusterTransport(new ClusterCredentials({ kubeconfig: peer.kubeconfig }));
    const discovery = new ApiDiscovery(transport, 0);
    capabilities = new ClusterCapabilities(
      transport,
      discovery,
      new WatchApi(transport, discovery),
      SILENT_LOGGER,
    );
    peer.put('kubevirts', {
      metadata: { namespace: 'kubevirt', name: 'kubevirt' },
      spec: {
        configuration: {
          developerConfiguration: { featureGates: ['HotplugVolumes'], disabledFeatureGates: ['Snapshot'] },
        },
      },
      status: { observedKubeVirtVersion: 'v1.9.0' },
    });
  });

  afterEach(async () => {
    await transport.close();
    await peer.end();
  });

  it('gathers versions, gates, groups and storage', async () => {
    peer.groups = {
      'kubevirt.io': ['v1'],
      'cdi.kubevirt.io': ['v1beta1'],
      'subresources.kubevirt.io': ['v1'],
    };
    peer.put('cdis', { metadata: { name: 'cdi' }, status: { observedVersion: 'v1.62.0' } });
    peer.put('storageprofiles', {
      metadata: { name: 'fast' },
      status: {
        storageClass: 'fast',
        claimPropertySets: [
          { accessModes: ['ReadWriteMany', 'ReadWriteOnce'] },
          { accessModes: ['ReadWriteOnce'] },
        ],
        cloneStrategy: 'snapshot',
        snapshotClass: 'snap',
      },
    });
    peer.intercept = ({ path }) => {
      if (path === '/version') return json({ gitVersion: 'v1.33.1' });
      return path === '/apis/subresources.kubevirt.io/v1/version' ? json({ gitVersion: 'v1.9.0' }) : null;
    };
    expect(await capabilities.current()).toMatchObject({
      kubernetes: 'v1.33.1',
      kubevirt: 'v1.9.0',
      cdi: 'v1.62.0',
      featureGates: {
        HotplugVolumes: true,
        Snapshot: false,
        VMExport: true,
        DeclarativeHotplugVolumes: true,
      },
      apis: { 'kubevirt.io': ['v1'] },
      storage: [
        {
          storageClass: 'fast',
          accessModes: ['ReadWriteMany', 'ReadWriteOnce'],
          sharedAccess: true,
          cloneStrategy: 'snapshot',
          snapshotClass: 'snap',
        },
      ],
    });
    const asked = peer.seen.length;
    await capabilities.current();
    expect(peer.seen).toHaveLength(asked);
  });

  it('says nothing of what it may not see, and takes the version from the KubeVirt object', async () => {
    peer.groups = { 'kubevirt.io': ['v1'], 'cdi.kubevirt.io': ['v1beta1'] };
    peer.intercept = ({ path }) =>
      path === '/version' || path.includes('cdi.kubevirt.io') ? FORBIDDEN : null;
    expect(await capabilities.current()).toMatchObject({
      kubernetes: null,
      kubevirt: 'v1.9.0',
      cdi: null,
      storage: [],
    });
  });

  it('fails only while the cluster was never reached', async () => {
    await peer.die();
    await expect(capabilities.current()).rejects.toMatchObject({ code: 'cluster.unavailable' });
    await peer.listen();
    const known = await capabilities.current();
    await peer.die();
    expect(await capabilities.current()).toBe(known);
  });
});
