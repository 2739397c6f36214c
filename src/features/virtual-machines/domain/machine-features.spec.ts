import fc from 'fast-check';
import { ClusterSchemas, KUBEVIRT_VERSIONS } from '../../../../test/schemas/cluster-schemas.js';
import { CLOSED } from '../../../platform/tenant-policy/tenant-policy.js';
import { notOpenIn } from '../allowed-machine.contract.js';
import { featuresNotOpen, featuresPatch, merged, withoutNulls } from './machine-features.js';
import { virtualMachineManifest } from './manifest.js';
import { gatedFields, goodBodies, multusNames } from './sample-bodies.spec-support.js';
import { specify } from './specify.js';
import { specifyChange } from './update-body.js';

const from = {
  namespace: 'vg-demo',
  operationId: 'op-1',
  requestId: 'r-1',
  requestedBy: { type: 'user' as const, id: 'u', name: 'ada' },
};
const OPEN = { ...CLOSED, placement: true, cpuModels: true };
const schemas = ClusterSchemas.load();

describe('where a machine runs and how its health is told', () => {
  it.each(KUBEVIRT_VERSIONS)(
    'is written as KubeVirt %s knows it, behind the gates of the platform',
    (version) => {
      fc.assert(
        fc.property(goodBodies, gatedFields, (body, gated) => {
          const machine = virtualMachineManifest(
            specify({ ...body, ...gated }, null, multusNames(body)),
            from,
          );
          expect(schemas?.validate(version, { ...machine }) ?? []).toEqual([]);
          expect(notOpenIn(machine, { ...OPEN, networkNamespaces: 'all' }, 'vg-demo')).toEqual([]);
          expect(featuresNotOpen(gated, OPEN)).toEqual([]);
          expect(featuresNotOpen(gated, CLOSED)).toEqual(['placement']);
        }),
        { numRuns: 30 },
      );
    },
  );

  it('leaves nothing of a probe when another takes its place', () => {
    const before = withoutNulls(featuresPatch({ probes: { readiness: { http: { port: 80 } } } }));
    const patch = featuresPatch({ probes: { readiness: { tcp: { port: 22 } } } });
    expect(withoutNulls(merged(before, patch))).toEqual({
      readinessProbe: {
        tcpSocket: { port: 22 },
        initialDelaySeconds: 0,
        periodSeconds: 10,
        timeoutSeconds: 1,
        successThreshold: 1,
        failureThreshold: 3,
      },
    });
    expect(featuresPatch({ probes: null, watchdog: null, evictionStrategy: null })).toEqual({
      readinessProbe: null,
      livenessProbe: null,
      evictionStrategy: null,
      domain: { devices: { watchdog: null } },
    });
    expect(featuresPatch({ probes: { liveness: null } })).toEqual({ livenessProbe: null });
  });

  it('asks the scheduler as Kubernetes is asked', () => {
    const affinity = [
      { labels: { app: 'db' }, rule: 'apart' as const, required: true },
      { labels: { app: 'web' }, rule: 'together' as const, across: 'zone' as const },
    ];
    expect(withoutNulls(featuresPatch({ placement: { affinity } }))).toEqual({
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { labelSelector: { matchLabels: { app: 'db' } }, topologyKey: 'kubernetes.io/hostname' },
          ],
        },
        podAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 100,
              podAffinityTerm: {
                labelSelector: { matchLabels: { app: 'web' } },
                topologyKey: 'topology.kubernetes.io/zone',
              },
            },
          ],
        },
      },
    });
    expect(featuresPatch({ placement: null })).toEqual({
      nodeSelector: null,
      affinity: null,
      tolerations: null,
    });
  });

  it.each([
    [{ probes: { readiness: {} } }, '/probes/readiness'],
    [{ probes: { readiness: { tcp: { port: 1 }, guestAgentPing: true } } }, '/probes/readiness'],
    [
      { probes: { liveness: { tcp: { port: 1 }, successThreshold: 2 } } },
      '/probes/liveness/successThreshold',
    ],
    [{ probes: { liveness: { http: { port: 1, path: 'x' } } } }, '/probes/liveness/http/path'],
    [{ placement: { nodeSelector: { 'a/b/c': 'x' } } }, '/placement/nodeSelector'],
    [{ placement: { nodeSelector: { a: { b: 1 } as never } } }, '/placement/nodeSelector'],
    [{ placement: { affinity: [{ labels: {}, rule: 'apart' as const }] } }, '/placement/affinity/0/labels'],
    [{ placement: { tolerations: [{}] } }, '/placement/tolerations/0'],
    [
      { placement: { tolerations: [{ operator: 'Exists' as const, value: 'x' }] } },
      '/placement/tolerations/0',
    ],
    [{ cpu: { model: 'x y' } }, '/cpu'],
  ])('refuses %j', (more, pointer) => {
    const body = { name: 'web', cpus: 1, memory: '1Gi', bootDisk: { blank: true, size: '1Gi' }, ...more };
    expect(() => specify(body)).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ pointer })] }),
    );
  });

  it('goes with the other changes of a machine', () => {
    const machine = { labels: {}, instanceType: null, cpus: 1, memory: '1Gi', runStrategy: 'Always' };
    const change = specifyChange(
      { cpus: 2, cpu: { model: 'Haswell' }, watchdog: { action: 'reset' } },
      machine as unknown as Parameters<typeof specifyChange>[1],
    );
    expect(change.patch).toEqual({
      spec: {
        template: {
          spec: {
            domain: {
              cpu: { sockets: 2, cores: 1, threads: 1, model: 'Haswell' },
              devices: { watchdog: { name: 'watchdog', i6300esb: { action: 'reset' } } },
            },
          },
        },
      },
    });
  });
});
