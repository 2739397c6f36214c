import { describe, expect, it } from '@jest/globals';
import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import { stored, worldOf } from '../testing/world-of.js';
import { attachFor, driveHotplug } from './hotplug.js';
import { MIGRATION_JOB_LABEL } from './migration-state.js';
import { CLAIMS, MIGRATIONS, PODS } from './reconciliation.js';

const make = (kind: string, name: string, more: Untyped = {}): KubeObject =>
  stored({ apiVersion: 'v1', kind, ...more, metadata: { name, namespace: 'team', ...more.metadata } });

const vmi = make('VirtualMachineInstance', 'web', {
  spec: {
    domain: { devices: { disks: [{ name: 'extra', disk: { bus: 'scsi' } }] } },
    volumes: [{ name: 'extra', persistentVolumeClaim: { claimName: 'extra', hotpluggable: true } }],
  },
  // Of the move before: the next one is not in the hands of the nodes yet.
  status: { migrationState: { migrationUid: 'older', completed: true } },
});
const launcher = (name: string, labels = {}) =>
  make('Pod', name, {
    metadata: { labels: { 'kubevirt.io': 'virt-launcher', ...labels } },
    spec: { nodeName: `node-of-${name}` },
    status: { phase: 'Running' },
  });
const source = launcher('source');
const target = launcher('target', { [MIGRATION_JOB_LABEL]: 'move' });
const claim = make('PersistentVolumeClaim', 'extra', {
  spec: { volumeName: 'pv-1' },
  status: { phase: 'Bound' },
});
const attached = [source, target].flatMap((pod) =>
  attachFor(vmi, pod, worldOf({ objects: { [CLAIMS]: [claim] } })).map((change) => {
    const { metadata, ...rest } = (change as Untyped).object as NewObject;
    return make('Pod', metadata.name ?? '', { ...rest, metadata, status: { phase: 'Running' } });
  }),
);

function deletedWhile(phase: string, current = source): string[] {
  const migration = make('VirtualMachineInstanceMigration', 'move', {
    metadata: { uid: 'move' },
    spec: { vmiName: 'web' },
    status: { phase },
  });
  const world = worldOf({
    objects: { [CLAIMS]: [claim], [PODS]: [source, target, ...attached], [MIGRATIONS]: [migration] },
    disks: { [claim.metadata.uid]: { state: 'ready' } as never },
  });
  const guest = {
    uid: vmi.metadata.uid,
    state: 'running' as const,
    ipAddresses: [],
    agentConnected: false,
    pluggedDisks: ['extra'],
  };
  const { changes } = driveHotplug({}, vmi, current, guest, world);
  return changes.flatMap((change) => (change.kind === 'delete' ? [change.name] : []));
}

describe('a disk that was plugged in', () => {
  const [here, there] = attached.map(({ metadata }) => metadata.name);

  it.each(['Scheduling', 'Scheduled', 'Running'])(
    'is attached at both ends of a move that is %s',
    (phase) => {
      expect(attached).toHaveLength(2);
      expect(deletedWhile(phase)).toEqual([]);
    },
  );

  it('is let go of where the guest is not when the move is over', () => {
    expect(deletedWhile('Failed')).toEqual([there]);
    expect(deletedWhile('Succeeded', target)).toEqual([here]);
  });
});
