import {
  ApiException,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  VersionApi,
  Watch,
} from '@kubernetes/client-node';
import type { Untyped } from '../store/kube-object.js';
import { RunningServer, virtualMachine } from './testing/running-server.js';

describe('@kubernetes/client-node', () => {
  let running: RunningServer;
  let config: KubeConfig;
  const place = { group: 'kubevirt.io', version: 'v1', namespace: 'default', plural: 'virtualmachines' };

  beforeAll(async () => {
    running = await RunningServer.start();
    config = new KubeConfig();
    config.loadFromFile(running.kubeconfig);
  });
  afterAll(() => running.stopAndRemove());

  it('reads the version and lists namespaces', async () => {
    expect((await config.makeApiClient(VersionApi).getCode()).major).toBe('1');
    const { items } = await config.makeApiClient(CoreV1Api).listNamespace();
    expect(items.map((item) => item.metadata?.name)).toContain('default');
  });

  it('creates, pages through, patches and deletes custom objects', async () => {
    const api = config.makeApiClient(CustomObjectsApi);
    for (const name of ['a', 'b', 'c'])
      await api.createNamespacedCustomObject({ ...place, body: virtualMachine(name) });
    const first = (await api.listNamespacedCustomObject({ ...place, limit: 2 })) as Untyped;
    expect(first.items.map((vm: Untyped) => vm.metadata.name)).toEqual(['a', 'b']);
    expect(first.metadata.remainingItemCount).toBe(1);
    const second = (await api.listNamespacedCustomObject({
      ...place,
      limit: 2,
      _continue: first.metadata.continue,
    })) as Untyped;
    expect(second.items.map((vm: Untyped) => vm.metadata.name)).toEqual(['c']);
    expect(second.metadata.continue).toBeUndefined();
    const patched = (await api.patchNamespacedCustomObject(
      { ...place, name: 'a', body: { spec: { runStrategy: 'Always' } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    )) as Untyped;
    expect(patched.spec.runStrategy).toBe('Always');
    await api.deleteNamespacedCustomObject({ ...place, name: 'c' });
    const error = await api.getNamespacedCustomObject({ ...place, name: 'c' }).catch((reason) => reason);
    expect(error).toBeInstanceOf(ApiException);
    expect(error.code).toBe(404);
  });

  it('watches from a list, in order', async () => {
    const api = config.makeApiClient(CustomObjectsApi);
    const list = (await api.listNamespacedCustomObject(place)) as Untyped;
    const seen: string[] = [];
    const path = '/apis/kubevirt.io/v1/namespaces/default/virtualmachines';
    let finish: () => void = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const stop = await new Watch(config).watch(
      path,
      { resourceVersion: list.metadata.resourceVersion, allowWatchBookmarks: true },
      (type, object) => {
        seen.push(`${type} ${object.metadata.name}`);
        if (type === 'DELETED') finish();
      },
      () => {},
    );
    await api.createNamespacedCustomObject({ ...place, body: virtualMachine('watched') });
    await api.deleteNamespacedCustomObject({ ...place, name: 'watched' });
    await finished;
    stop.abort();
    expect(seen).toEqual(['ADDED watched', 'DELETED watched']);
  });

  it('logs the gateway in without any right of its own', async () => {
    const gateway = new KubeConfig();
    gateway.loadFromFile(running.server.gatewayKubeconfigPath);
    const error = await gateway
      .makeApiClient(CoreV1Api)
      .listNamespace()
      .catch((reason) => reason);
    expect(error.code).toBe(403);
    expect(error.body).toContain('User \\"virtgate-gateway\\" cannot list resource \\"namespaces\\"');
  });
});
