import { KubeApiPeer } from '../../../../test/contract/kube-api-peer.js';
import { ApiDiscovery } from '../../../platform/cluster/api-discovery.js';
import { ClusterCredentials } from '../../../platform/cluster/cluster-credentials.js';
import { ClusterTransport } from '../../../platform/cluster/cluster-transport.js';
import { KubernetesClusterClient } from '../../../platform/cluster/kubernetes-cluster-client.js';
import type { AccessContract, ProjectDirectory } from '../../access/access.contract.js';
import { TenantAsks } from '../../access/tenant-asks.contract.js';
import type { OperationRecord } from '../../operations/operations.contract.js';
import { FedClusterCache } from '../../virtual-machines/data/fed-cluster-cache.spec-support.js';
import { ImageCaches } from '../data/image-caches.js';
import { privatePlace } from '../domain/image-manifests.js';
import { body } from '../domain/sample-images.spec-support.js';
import { specifyImage } from '../domain/specify-image.js';
import { ImageAsks } from './image-asks.js';
import { Publisher } from './publisher.js';

const project = { id: 'p-1', name: 'demo', tenantId: 't-1', tenant: 'acme', namespace: 'vg-demo-1' };
const operation = {
  id: 'op-1',
  project,
  target: { type: 'image', name: 'debian' },
  requestId: 'r-1',
  requestedBy: { type: 'user', id: 'u-1', name: 'Ada', tokenId: null },
} as unknown as OperationRecord;
const as = { user: 'virtgate:user:u-1', groups: ['virtgate:project:demo:editor'] };
const spec = specifyImage(body);
const place = privatePlace(project, 'debian');

describe('what is asked of the cluster for images', () => {
  let peer: KubeApiPeer;
  let transport: ClusterTransport;
  let asks: ImageAsks;
  let publisher: Publisher;
  let cache: FedClusterCache;
  let present: Map<string, object>;

  beforeEach(async () => {
    peer = await KubeApiPeer.start();
    peer.groups = { 'cdi.kubevirt.io': ['v1beta1'], 'rbac.authorization.k8s.io': ['v1'] };
    transport = new ClusterTransport(new ClusterCredentials({ kubeconfig: peer.kubeconfig }));
    const client = new KubernetesClusterClient(transport, new ApiDiscovery(transport, 0));
    cache = new FedClusterCache();
    const tenants = new TenantAsks(client, {} as AccessContract, {} as ProjectDirectory);
    const caches = new ImageCaches(cache);
    asks = new ImageAsks(tenants, caches);
    publisher = new Publisher(asks, caches);
    present = new Map();
    // An API server in small: what is there by path.
    peer.intercept = ({ method, path, body: sent }) => {
      if (!/\/(datasources|datavolumes|dataimportcrons|namespaces|rolebindings)(\/|$)/.test(path))
        return null;
      const said = (code: number, reason: string) => ({
        status: code,
        body: JSON.stringify({
          kind: 'Status',
          apiVersion: 'v1',
          status: 'Failure',
          reason,
          code,
          message: reason,
        }),
      });
      if (method === 'POST') {
        const object = JSON.parse(sent);
        const at = `${path}/${object.metadata.name}`;
        if (present.has(at)) return said(409, 'AlreadyExists');
        object.metadata.uid = `uid-${object.metadata.name}`;
        present.set(at, object);
        return { status: 201, body: JSON.stringify(object) };
      }
      const found = present.get(path);
      if (!found) return said(404, 'NotFound');
      if (method === 'DELETE') present.delete(path);
      return { status: 200, body: JSON.stringify(found) };
    };
  });

  afterEach(async () => {
    await transport.close();
    await peer.end();
  });

  const names = () => [...present.keys()].map((path) => path.split('/').slice(-3).join('/'));
  const groupsOf = (end: string): string[][] =>
    peer.seen
      .filter(({ method, path }) => method === 'POST' && path.endsWith(end))
      .map(({ rawHeaders }) =>
        rawHeaders.filter((_, index, all) => all[index - 1]?.toLowerCase() === 'impersonate-group'),
      );

  it('makes source and volume once, however often it is asked', async () => {
    const first = await asks.bring(operation, spec, place, spec.source, as);
    expect(await asks.bring(operation, spec, place, spec.source, as)).toEqual(first);
    expect(names()).toEqual(['vg-demo-1/datasources/debian', 'vg-demo-1/datavolumes/image-debian']);
  });

  it("makes nothing where the name is another's, and takes away only its own", async () => {
    const other = { ...operation, id: 'op-2' } as OperationRecord;
    await asks.bring(other, spec, place, spec.source, as);
    await expect(asks.bring(operation, spec, place, spec.source, as)).rejects.toMatchObject({
      code: 'image.exists',
    });
    await asks.takeAway(place, 'debian', as, operation.id);
    expect(names()).toHaveLength(2);
    await asks.takeAway(place, 'debian', as, other.id);
    expect(names()).toEqual([]);
    // Asked again, there is nothing to do.
    await asks.takeAway(place, 'debian', as, other.id);
  });

  it('shares as the requester and a keeper at once, and binds nobody else', async () => {
    cache.put({
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataSource',
      metadata: { name: 'debian' },
      spec: { source: { pvc: { name: 'image-debian' } } },
    });
    await publisher.publish(operation, spec, 'tenant', as);
    await publisher.publish(operation, spec, 'tenant', as);
    for (const groups of groupsOf('/vg-images/datavolumes')) {
      expect(groups).toEqual(['virtgate:project:demo:editor', 'virtgate:images:keeper']);
    }
    const [copy] = [...present].flatMap(([path, object]) =>
      path.endsWith('datavolumes/demo-1.debian') ? [object] : [],
    );
    expect(copy).toMatchObject({
      spec: { source: { pvc: { namespace: 'vg-demo-1', name: 'image-debian' } } },
    });
    const bindings = [...present]
      .filter(([path]) => path.includes('/rolebindings/'))
      .map(([, object]) => object);
    expect(bindings).toMatchObject([
      { roleRef: { name: 'virtgate:project:editor' }, subjects: [{ name: 'virtgate:images:keeper' }] },
      { roleRef: { name: 'virtgate:image-source' }, subjects: [{ name: 'system:authenticated' }] },
    ]);
    await publisher.withdraw(project, 'debian');
    expect(names().filter((name) => name.endsWith('demo-1.debian'))).toEqual([]);
  });

  it('makes up what a crash left out between source and volume', async () => {
    cache.put({
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataSource',
      metadata: { name: 'debian' },
      spec: { source: { pvc: { name: 'image-debian' } } },
    });
    await publisher.publish(operation, spec, 'tenant', as);
    const volume = [...present.keys()].find((path) => path.endsWith('datavolumes/demo-1.debian')) ?? '';
    present.delete(volume);
    await publisher.publish(operation, spec, 'tenant', as);
    expect(present.has(volume)).toBe(true);
  });

  it('shares nothing that is not there', async () => {
    await expect(publisher.publish(operation, spec, 'tenant', as)).rejects.toMatchObject({
      code: 'image.not_ready',
    });
  });
});
