import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import { observeClaim, observeDataVolume, observeEvent, observeInstance } from './cluster-views.js';
import { observeMachine } from './machine-view.js';

const RECORDED = join(import.meta.dirname, '../../../../../shared/reference/live-v1.3.1/objects');
const recorded = (file: string): KubeObject[] => {
  const document = parse(readFileSync(join(RECORDED, file), 'utf8'));
  return document.items ?? [document];
};
const first = (file: string): KubeObject => recorded(file)[0]!;

const describeRecorded = existsSync(RECORDED) ? describe : describe.skip;

describeRecorded('what a real KubeVirt 1.3.1 wrote', () => {
  it('is read as a machine', () => {
    expect(observeMachine(first('vm.yaml'))).toMatchObject({
      namespace: 'team-a',
      name: 'cap1',
      generation: 2,
      observedGeneration: 2,
      labels: { app: 'cap' },
      runStrategy: 'Always',
      instanceType: 'u1.medium',
      preference: 'fedora',
      cpus: null,
      memory: null,
      volumes: [{ name: 'rootdisk', claim: 'cap1-root' }],
      ownDisks: ['cap1-root'],
      state: 'Running',
      ready: true,
      deleting: false,
      createdBy: null,
    });
    expect(observeMachine(first('vm-stopped.yaml'))).toMatchObject({
      state: 'Stopped',
      runStrategy: 'Halted',
    });
  });

  it('is read as an instance', () => {
    expect(observeInstance(first('vmi.yaml'))).toMatchObject({
      phase: 'Running',
      paused: false,
      node: 'fakenode1',
      cpus: 1,
      memory: '4Gi',
      agentConnected: true,
      liveMigratable: { value: true },
      guestOs: 'Fedora Linux 39 (Cloud Edition)',
      interfaces: [
        { name: 'default', guestName: 'eth0', mac: '02:6a:5c:ae:44:8c', ipAddresses: ['127.220.47.104'] },
      ],
      unschedulable: null,
    });
    expect(observeInstance(first('vmi-paused.yaml'))).toMatchObject({ phase: 'Running', paused: true });
  });

  it('is read as disks', () => {
    expect(observeDataVolume(first('dv.yaml'))).toMatchObject({
      owner: { name: 'cap1', uid: 'f22c0ae9-c0b2-47c1-939d-889eb08947ba' },
      phase: 'Succeeded',
      progress: 100,
      size: '10Gi',
      claim: 'cap1-root',
      running: { status: 'False', reason: 'Completed' },
    });
    expect(observeClaim(first('pvc.yaml'))).toMatchObject({
      owner: { kind: 'DataVolume', name: 'cap1-root' },
      createdBy: 'f22c0ae9-c0b2-47c1-939d-889eb08947ba',
      phase: 'Bound',
      size: '10Gi',
      storageClass: 'fake-rwx',
    });
  });

  it('is read as events', () => {
    const events = recorded('events.yaml').map(observeEvent);
    expect(events[0]).toMatchObject({
      involved: { kind: 'PersistentVolumeClaim', name: 'cap1-root' },
      reason: 'ExternalProvisioning',
      count: 2,
      lastAt: '2026-11-23T05:11:01Z',
    });
    const pods = events.filter((event) => event?.involved.kind === 'Pod');
    expect(pods.every((event) => !/^virt-launcher-/.test(event!.involved.name))).toBe(true);
  });
});

const object = (more: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'X',
  metadata: { name: 'web', namespace: 'n' },
  ...more,
});

describe('objects that are not as they should be', () => {
  it.each([
    {},
    { spec: null, status: null },
    { spec: [], status: 'x' },
    { spec: { template: 7 }, status: { conditions: {} } },
  ])('%j is read as empty', (more) => {
    expect(observeMachine(object(more))).toMatchObject({
      volumes: [],
      conditions: [],
      state: 'Provisioning',
    });
    expect(observeInstance(object(more))).toMatchObject({ phase: 'Pending', interfaces: [] });
    expect(observeDataVolume(object(more))).toMatchObject({ phase: 'Pending', progress: null });
    expect(observeClaim(object(more))).toMatchObject({ phase: 'Pending', size: null });
  });

  it('lets nothing through from a guest that could steer a page or fill the memory', () => {
    const long = 'x'.repeat(10_000);
    const { guestOs, interfaces } = observeInstance(
      object({
        status: {
          guestOSInfo: { prettyName: `\u202eevil\n\u0007${long}` },
          interfaces: Array.from({ length: 500 }, () => ({
            interfaceName: long,
            mac: long,
            ipAddresses: ['javascript:alert(1)', '10.0.0.1', long, 7],
          })),
        },
      }),
    );
    expect(guestOs).toMatch(/^evil x+$/);
    expect(guestOs!.length).toBeLessThanOrEqual(128);
    expect(interfaces).toHaveLength(64);
    expect(interfaces[0]).toMatchObject({ ipAddresses: ['10.0.0.1'], guestName: 'x'.repeat(63) });
  });
});
