import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { SeenDisk, Situation } from '../domain/observed.js';
import { observeInstance, observeMachine, observePod } from './machine-views.js';
import { observeClaim, observeEvent, observeNode, observeVolume } from './surroundings-views.js';

// biome-ignore lint/suspicious/noExplicitAny: objects of the cluster, as it writes them.
type Any = any;

export const NOW = new Date('2026-11-23T12:00:00Z');
/** So many seconds before NOW. */
export const ago = (seconds: number): string => new Date(NOW.getTime() - seconds * 1000).toISOString();
export const LONG = ago(600);
export const JUST = ago(5);

export interface Sample {
  vm?: Any;
  status?: Any;
  vmi?: Any;
  pod?: Any;
  claim?: Any | null;
  volume?: Any;
  node?: Any;
  events?: Any[];
  failure?: SeenDisk['failure'];
  known?: Partial<Situation['known']>;
  classKnown?: boolean | null;
}

const object = (kind: string, name: string, more: Any): KubeObject => ({
  apiVersion: 'v1',
  kind,
  ...more,
  metadata: {
    name,
    namespace: 'vg-p',
    uid: `${kind}-uid`,
    resourceVersion: '1',
    creationTimestamp: LONG,
    ...more.metadata,
  },
});

export const condition = (type: string, status: string, reason = '', message = '', since = LONG) => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: since,
});

export const warning = (kind: string, about: string, reason: string, message: string, at = JUST) =>
  ({
    ...object('Event', `${about}.1`, {}),
    involvedObject: { kind, name: about },
    type: 'Warning',
    reason,
    message,
    lastTimestamp: at,
  }) as Any;

const RUNNING = [
  condition('Ready', 'True'),
  condition('LiveMigratable', 'True'),
  condition('AgentConnected', 'True'),
];

/** The status of an instance that runs, and what is different. */
export const running = (more: Any = {}, conditions: Any[] = []): Any => ({
  status: {
    phase: 'Running',
    nodeName: 'node-1',
    phaseTransitionTimestamps: [{ phase: 'Running', phaseTransitionTimestamp: LONG }],
    ...more,
    conditions: [
      ...RUNNING.filter(({ type }) => !conditions.some((one) => one.type === type)),
      ...conditions,
    ],
  },
});

export const pending = (conditions: Any[] = [], phase = 'Pending', more: Any = {}): Any => ({
  ...more,
  status: { phase, conditions },
});

/** A machine with one disk, as the cluster would show it. */
export function situation(sample: Sample = {}): Situation {
  const machine = observeMachine(
    object('VirtualMachine', 'web', {
      ...sample.vm,
      spec: {
        runStrategy: 'Always',
        template: { spec: { volumes: [{ name: 'root', dataVolume: { name: 'web-root' } }] } },
        ...sample.vm?.spec,
      },
      status: { printableStatus: 'Running', ...sample.status },
    }),
  );
  const instance = sample.vmi ? observeInstance(object('VirtualMachineInstance', 'web', sample.vmi)) : null;
  const claim =
    sample.claim === null
      ? null
      : observeClaim(
          object('PersistentVolumeClaim', 'web-root', {
            spec: { resources: { requests: { storage: '1Gi' } } },
            status: { phase: 'Bound', capacity: { storage: '1Gi' } },
            ...sample.claim,
          }),
        );
  const dataVolume = sample.volume ? observeVolume(object('DataVolume', 'web-root', sample.volume)) : null;
  const { failure = null, classKnown = null } = sample;
  return {
    now: NOW,
    machine,
    instance,
    pods: sample.pod ? [observePod(object('Pod', 'virt-launcher-web-abcde', sample.pod))] : [],
    disks: [{ volume: 'root', claimName: 'web-root', claim, dataVolume, failure, classKnown }],
    node: sample.node
      ? observeNode(object('Node', 'node-1', { ...sample.node, metadata: { namespace: undefined } }))
      : null,
    known: { instanceType: null, preference: null, ...sample.known },
    events: (sample.events ?? []).flatMap((event) => observeEvent(event) ?? []),
  };
}
