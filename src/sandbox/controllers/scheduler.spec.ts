import type { KubeObject, Untyped } from '../store/kube-object.js';
import { stored, worldOf } from '../testing/world-of.js';
import { type Change, NODES, PODS } from './reconciliation.js';
import { schedule } from './scheduler.js';

function node(name: string, memory: string, changes: Untyped = {}): KubeObject {
  return stored({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubevirt.io/schedulable': 'true', ...changes.labels } },
    spec: { ...changes.spec },
    status: {
      allocatable: { memory, cpu: '2', pods: '10' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  });
}

function pod(name: string, memory: string, changes: Untyped = {}): KubeObject {
  return stored({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'team', labels: { 'kubevirt.io': 'virt-launcher' } },
    spec: {
      containers: [{ name: 'compute', resources: { requests: { memory, cpu: '100m' } } }],
      nodeSelector: { 'kubevirt.io/schedulable': 'true' },
      ...changes.spec,
    },
    status: { phase: 'Pending', ...changes.status },
  });
}

const placed = (name: string, memory: string, nodeName: string, phase = 'Running') =>
  pod(name, memory, { spec: { nodeName }, status: { phase } });

function nodeOf(changes: Change[]): string | undefined {
  const update = changes.find((change) => change.kind === 'update');
  return update?.kind === 'update' ? update.object.spec.nodeName : undefined;
}

function refusal(changes: Change[]): Untyped {
  const update = changes.find((change) => change.kind === 'updateStatus');
  return update?.kind === 'updateStatus' ? update.object.status.conditions[0] : undefined;
}

describe('the scheduler', () => {
  it('takes the node with the most memory left', () => {
    const objects = {
      [NODES]: [node('a', '4Gi'), node('b', '4Gi')],
      [PODS]: [placed('x', '2Gi', 'a'), placed('y', '3Gi', 'b', 'Succeeded')],
    };
    expect(nodeOf(schedule(pod('new', '1Gi'), worldOf({ objects })).changes)).toBe('b');
  });

  it('says what each node lacks', () => {
    const objects = {
      [NODES]: [
        node('a', '4Gi'),
        node('b', '4Gi', { spec: { unschedulable: true } }),
        node('c', '4Gi', { labels: { 'kubevirt.io/schedulable': 'false' } }),
      ],
      [PODS]: [placed('x', '4Gi', 'a')],
    };
    const { changes } = schedule(pod('new', '1Gi'), worldOf({ objects }));
    expect(nodeOf(changes)).toBeUndefined();
    expect(refusal(changes)).toMatchObject({
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message:
        "0/3 nodes are available: 1 Insufficient memory, 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) were unschedulable. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.",
    });
  });

  it('says it once', () => {
    const objects = { [NODES]: [node('a', '1Gi')], [PODS]: [] };
    const first = schedule(pod('new', '2Gi'), worldOf({ objects }));
    const again = pod('new', '2Gi', { status: { conditions: [refusal(first.changes)] } });
    expect(first.changes.map((change) => change.kind)).toEqual(['updateStatus', 'event']);
    expect(schedule(again, worldOf({ objects })).changes).toEqual([]);
  });

  it('obeys required node affinity', () => {
    const affinity = {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['fast'] }] }],
        },
      },
    };
    const objects = {
      [NODES]: [node('a', '8Gi'), node('b', '4Gi', { labels: { disk: 'fast' } })],
      [PODS]: [],
    };
    expect(nodeOf(schedule(pod('new', '1Gi', { spec: { affinity } }), worldOf({ objects })).changes)).toBe(
      'b',
    );
  });

  it('leaves alone what is placed, ended or not a guest’s', () => {
    const objects = { [NODES]: [node('a', '8Gi')], [PODS]: [] };
    const other = { ...pod('new', '1Gi'), metadata: { ...pod('new', '1Gi').metadata, labels: {} } };
    for (const one of [placed('x', '1Gi', 'a'), pod('x', '1Gi', { status: { phase: 'Failed' } }), other]) {
      expect(schedule(one, worldOf({ objects })).changes).toEqual([]);
    }
  });
});
