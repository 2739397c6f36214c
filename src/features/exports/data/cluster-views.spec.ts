import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import { MasterKey } from '../../../platform/crypto/master-key.js';
import { exportView } from '../domain/export-view.js';
import { exportViews, observeExport } from './cluster-views.js';
import { ExportTokens } from './export-tokens.js';

/** As KubeVirt 1.6 writes it. */
const ready: KubeObject = {
  apiVersion: 'export.kubevirt.io/v1beta1',
  kind: 'VirtualMachineExport',
  metadata: {
    name: 'out',
    namespace: 'vg-demo-1',
    uid: 'export-1',
    resourceVersion: '7',
    creationTimestamp: '2030-01-01T00:00:00Z',
    annotations: {
      'virtgate.io/operation-id': 'op-1',
      'virtgate.io/created-by': 'user:u-1:Ada',
    },
  },
  spec: {
    source: { apiGroup: '', kind: 'PersistentVolumeClaim', name: 'web-root' },
    tokenSecretRef: 'out-token',
    ttlDuration: '1h0m0s',
  },
  status: {
    phase: 'Ready',
    tokenSecretRef: 'out-token',
    ttlExpirationTime: '2030-01-01T01:00:00Z',
    conditions: [{ type: 'Ready', status: 'True', reason: 'PodReady' }],
    links: {
      internal: {
        cert: '-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n',
        manifests: [{ type: 'all', url: 'https://virt-export-out.vg-demo-1.svc/internal/manifests/all' }],
        volumes: [
          {
            name: 'web-root',
            formats: [
              { format: 'raw', url: 'https://virt-export-out.vg-demo-1.svc/volumes/web-root/disk.img' },
              { format: 'gzip', url: 'https://virt-export-out.vg-demo-1.svc/volumes/web-root/disk.img.gz' },
              { format: 'dir', url: 'https://virt-export-out.vg-demo-1.svc/volumes/web-root/dir' },
            ],
          },
        ],
      },
    },
  },
};

const viewOf = (object: KubeObject) => exportView(observeExport(object), 'demo', () => '1Gi');

it('an export that is ready shows its volumes, and neither addresses nor its token', () => {
  const view = viewOf(ready);
  expect(view).toEqual({
    id: 'export-1',
    name: 'out',
    project: 'demo',
    source: { vm: null, snapshot: null, disk: 'web-root' },
    state: 'Ready',
    message: null,
    ttlSeconds: 3600,
    expiresAt: '2030-01-01T01:00:00Z',
    volumes: [{ name: 'web-root', size: '1Gi', formats: ['raw', 'gzip'] }],
    createdAt: '2030-01-01T00:00:00Z',
    createdBy: { type: 'user', id: 'u-1', name: 'Ada' },
  });
  expect(JSON.stringify(view)).not.toMatch(/https:|out-token/);
});

it('the certificate keeps its lines', () => {
  expect(observeExport(ready).internal?.cert.split('\n')).toHaveLength(4);
});

it('an export that waits says for what', () => {
  const message = 'pod web is using it';
  const conditions = [{ type: 'Ready', status: 'False', reason: 'InUse', message }];
  const view = viewOf({ ...ready, status: { phase: 'Pending', conditions } });
  expect(view).toMatchObject({
    state: 'Pending',
    message,
    volumes: [],
    expiresAt: '2030-01-01T01:00:00.000Z',
  });
});

it.each([
  ['Terminated', 'Expired'],
  ['Skipped', 'Skipped'],
  ['SomethingNew', 'Pending'],
])('the phase %s is the state %s', (phase, state) => {
  expect(viewOf({ ...ready, status: { phase } }).state).toBe(state);
});

it('what is not as it should be reads as empty', () => {
  const odd = { ...ready, spec: 'no', status: { links: { internal: { volumes: 'no' }, external: 7 } } };
  expect(viewOf(odd)).toMatchObject({ state: 'Pending', volumes: [], ttlSeconds: null, expiresAt: null });
});

it('is kept without the object that it was read from', () => {
  expect(Object.values(exportViews.project(ready) ?? {})).not.toContain(ready.metadata);
});

it('a token is the same each time, 32 bytes, and that of no other place or installation', () => {
  const tokens = new ExportTokens(new MasterKey('a secret of tests that is long enough'));
  const token = tokens.of('vg-demo-1', 'out', 'op-1');
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  expect(tokens.of('vg-demo-1', 'out', 'op-1')).toBe(token);
  const others = [
    tokens.of('vg-demo-2', 'out', 'op-1'),
    tokens.of('vg-demo-1', 'in', 'op-1'),
    tokens.of('vg-demo-1', 'out', 'op-2'),
    new ExportTokens(new MasterKey('another secret of tests, long enough')).of('vg-demo-1', 'out', 'op-1'),
  ];
  expect(new Set([token, ...others]).size).toBe(5);
});
