import { ClusterSchemas } from '../../../../test/schemas/cluster-schemas.js';
import type { CreateImageBody } from './image-body.js';
import {
  imageCron,
  imageDataSource,
  imageVolume,
  type ManifestObject,
  privatePlace,
  publicPlace,
} from './image-manifests.js';
import { body } from './sample-images.spec-support.js';
import { specifyImage } from './specify-image.js';

const project = { namespace: 'vg-demo-1', name: 'demo', tenant: 'acme' };
const from = { operationId: 'op-1', requestId: 'r-1', requestedBy: { type: 'user', id: 'u-1', name: 'Ada' } };
const schemas = ClusterSchemas.load();
const place = privatePlace(project, 'debian');

describe('the objects of an image', () => {
  it.each<[CreateImageBody['source'], object]>([
    [{ url: 'https://x.example/a?sig=s' }, { http: { url: 'https://x.example/a?sig=s' } }],
    [{ registry: 'docker://q.example/a' }, { registry: { url: 'docker://q.example/a' } }],
    [{ disk: 'data' }, { pvc: { namespace: 'vg-demo-1', name: 'data' } }],
    [{ upload: {} }, { upload: {} }],
  ])('%j is filled from %j', (source, expected) => {
    const spec = specifyImage({ ...body, source });
    expect(imageVolume(spec, place, spec.source, from).spec.source).toEqual(expected);
  });

  it('keeps no signature of an address where everybody of the project reads', () => {
    const spec = specifyImage({ ...body, source: { url: 'https://x.example/a?sig=canary#canary' } });
    expect(JSON.stringify(imageDataSource(spec, place, from))).not.toContain('canary');
  });

  it('are copied from the project to the shared ones, named so that no two meet', () => {
    const spec = specifyImage(body);
    const shared = publicPlace(project, 'debian', 'tenant');
    const clone = { kind: 'snapshot', namespace: 'vg-demo-1', name: 's' } as const;
    const copy = imageVolume(spec, shared, { clone }, from);
    expect(copy.metadata).toMatchObject({
      namespace: 'vg-images',
      name: 'demo-1.debian',
      labels: {
        'virtgate.io/image': 'debian',
        'virtgate.io/visibility': 'tenant',
        'virtgate.io/tenant': 'acme',
        'virtgate.io/project': 'demo',
      },
    });
    expect(copy.spec.source).toEqual({ snapshot: { namespace: 'vg-demo-1', name: 's' } });
    expect(imageDataSource(spec, shared, from).spec.source).toEqual({
      pvc: { namespace: 'vg-images', name: 'demo-1.debian' },
    });
  });

  it('leave it to the cron to say what is newest', () => {
    const spec = specifyImage({ ...body, schedule: { cron: '@daily', retain: 2 } });
    if (!spec.schedule) throw new Error('no schedule');
    const source = imageDataSource(spec, place, from);
    expect(source.spec.source).toEqual({});
    expect(source.metadata.labels?.['cdi.kubevirt.io/dataImportCron']).toBe('debian');
    expect(imageCron({ ...spec, schedule: spec.schedule }, place, from).spec).toMatchObject({
      schedule: '@daily',
      importsToKeep: 2,
      managedDataSource: 'debian',
      retentionPolicy: 'All',
    });
  });

  if (schemas) {
    it.each(['url', 'registry', 'disk', 'upload'] as const)(
      'of %s validate against the schemas of CDI',
      (kind) => {
        const values = {
          url: 'https://x.example/a',
          registry: 'docker://q.example/a',
          disk: 'data',
          upload: true,
        };
        const spec = specifyImage({
          ...body,
          source: { [kind]: values[kind] },
          defaultInstanceType: 'u1.small',
          defaultPreference: 'debian',
          storageClass: 'local',
        });
        const schedule = { cron: '@daily', retain: 2, enabled: true };
        const objects: ManifestObject[] = [
          imageVolume(spec, place, spec.source, from),
          imageDataSource(spec, place, from),
          imageCron({ ...spec, schedule }, place, from),
        ];
        for (const object of objects) expect(schemas.validate('v1.9.0', { ...object })).toEqual([]);
      },
    );
  } else {
    it.skip('validate against the schemas of CDI (skipped: they are not beside the repository)', () => {});
  }
});
