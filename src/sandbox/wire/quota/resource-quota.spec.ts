import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Untyped } from '../../store/kube-object.js';
import { createObjectStore, type SqliteObjectStore } from '../../store/sqlite-object-store.js';
import { ResourceQuotas } from './resource-quota.js';

describe('resource quotas', () => {
  let directory: string;
  let store: SqliteObjectStore;
  let quotas: ResourceQuotas;

  const make = (resource: string, name: string, more: Untyped = {}) =>
    store.create(resource, {
      apiVersion: '',
      kind: '',
      ...more,
      metadata: { name, namespace: 'team-b', ...more.metadata },
    });
  const quota = (hard: Record<string, string>) => make('resourcequotas', 'q', { spec: { hard } });
  const pod = (name: string, cpu: string | undefined, memory: string, more: Untyped = {}) =>
    make('pods', name, {
      spec: {
        containers: [{ name: 'compute', resources: { requests: { cpu, memory }, limits: { memory } } }],
      },
      ...more,
    });
  const used = async () => {
    await nextTurn();
    await nextTurn();
    return store.get('resourcequotas', 'team-b', 'q')?.status.used;
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'quota-'));
    store = createObjectStore({ directory });
    make('namespaces', 'team-b');
    quotas = new ResourceQuotas(store);
  });
  afterEach(() => {
    quotas.close();
    store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('count what pods ask for, and refuse what is too much', async () => {
    quota({ 'requests.cpu': '1', 'requests.memory': '1Gi', 'limits.memory': '2Gi', pods: '10' });
    pod('one', '600m', '512Mi');
    expect(await used()).toEqual({
      'requests.cpu': '600m',
      'requests.memory': '512Mi',
      'limits.memory': '512Mi',
      pods: '1',
    });
    expect(() => pod('two', '500m', '600Mi')).toThrow(
      'pods "two" is forbidden: exceeded quota: q, requested: requests.cpu=500m,requests.memory=600Mi, used: requests.cpu=600m,requests.memory=512Mi, limited: requests.cpu=1,requests.memory=1Gi',
    );
    expect(() => pod('three', undefined, '1Mi')).toThrow('failed quota: q: must specify requests.cpu');
  });

  it('give back what is done or gone', async () => {
    quota({ pods: '1', 'count/pods': '5' });
    const one = pod('one', '1', '1Mi');
    expect(() => pod('two', '1', '1Mi')).toThrow('exceeded quota');
    store.update('pods', { ...one, status: { phase: 'Succeeded' } }, 'status');
    pod('two', '1', '1Mi');
    expect(await used()).toEqual({ pods: '1', 'count/pods': '2' });
    store.delete('pods', 'team-b', 'two');
    expect(await used()).toEqual({ pods: '0', 'count/pods': '1' });
  });

  it('count storage in all and by class, also when a claim grows', async () => {
    quota({
      persistentvolumeclaims: '5',
      'requests.storage': '10Gi',
      'fast.storageclass.storage.k8s.io/requests.storage': '5Gi',
    });
    const claim = (name: string, storage: string, storageClassName: string) =>
      make('persistentvolumeclaims', name, {
        spec: { storageClassName, resources: { requests: { storage } } },
      });
    const one = claim('one', '4Gi', 'fast');
    expect(() => claim('two', '2Gi', 'fast')).toThrow(
      'fast.storageclass.storage.k8s.io/requests.storage=2Gi',
    );
    claim('two', '6Gi', 'slow');
    expect(await used()).toEqual({
      persistentvolumeclaims: '2',
      'requests.storage': '10Gi',
      'fast.storageclass.storage.k8s.io/requests.storage': '4Gi',
    });
    const grown = { ...one, spec: { ...one.spec, resources: { requests: { storage: '5Gi' } } } };
    const request = {
      operation: 'UPDATE' as const,
      resource: 'persistentvolumeclaims',
      user: { name: 'x', groups: [] },
      dryRun: false,
    };
    expect(() => quotas.validate({ ...request, object: grown, oldObject: one })).toThrow(
      'requested: requests.storage=1Gi, used: requests.storage=10Gi',
    );
    quotas.validate({ ...request, object: one, oldObject: grown });
  });
});
