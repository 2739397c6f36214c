import type { CreateImageBody } from './image-body.js';
import type { ObservedImage, ObservedImageVolume } from './observed.js';

/** For tests: an image as it is when all is well, to be made worse. */
export const body: CreateImageBody = {
  name: 'debian',
  source: { registry: 'docker://quay.io/containerdisks/debian:12' },
  size: '2Gi',
};

export const image = (more: Partial<ObservedImage> = {}): ObservedImage => ({
  namespace: 'vg-demo-1',
  name: 'debian',
  uid: 'ds-1',
  resourceVersion: '1',
  createdAt: '2030-01-01T00:00:00Z',
  deleting: false,
  image: 'debian',
  visibility: 'private',
  home: 'vg-demo-1',
  displayName: null,
  createdBy: null,
  operationId: 'op-1',
  os: null,
  source: { type: 'registry', reference: 'docker://quay.io/containerdisks/debian:12' },
  size: '2Gi',
  storageClass: null,
  defaultInstanceType: null,
  defaultPreference: null,
  schedule: null,
  ready: true,
  reason: null,
  holds: { kind: 'pvc', namespace: 'vg-demo-1', name: 'image-debian' },
  ...more,
});

export const volume = (more: Partial<ObservedImageVolume> = {}): ObservedImageVolume => ({
  namespace: 'vg-demo-1',
  name: 'image-debian',
  uid: 'dv-1',
  resourceVersion: '1',
  createdAt: '2030-01-01T00:00:00Z',
  deleting: false,
  home: 'vg-demo-1',
  image: 'debian',
  operationId: 'op-1',
  phase: 'Succeeded',
  progress: 100,
  restarts: 0,
  running: null,
  size: '2Gi',
  ...more,
});
