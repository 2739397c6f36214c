import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import { migrationView } from '../domain/migration-view.js';
import { instance, transfer } from '../sample-observations.spec-support.js';
import { observeMigration, observeMigrationEvent } from './cluster-views.js';

const object = (more: Partial<KubeObject> = {}): KubeObject => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachineInstanceMigration',
  metadata: {
    name: 'kubevirt-evacuation-abc',
    namespace: 'vg-demo-1',
    uid: 'vmim-1',
    resourceVersion: '7',
    creationTimestamp: '2030-01-01T11:59:00Z',
    annotations: { 'kubevirt.io/evacuationMigration': 'node-1' },
  },
  spec: { vmiName: 'web' },
  ...more,
});

describe('a migration', () => {
  it('that the cluster has not looked at is pending', () => {
    expect(observeMigration(object())).toMatchObject({
      virtualMachine: 'web',
      state: 'Pending',
      cause: 'drain',
      held: null,
      transfer: null,
      progress: null,
    });
  });

  it('is told with the newer of its two accounts, and with bytes where there are some', () => {
    const observed = observeMigration(
      object({
        metadata: {
          ...object().metadata,
          annotations: {
            'sandbox.virtgate.io/migration-progress':
              '{"total":100,"processed":75,"remaining":25,"dirtyRate":1,"transferRate":2}',
          },
        },
        status: { phase: 'Running', migrationState: { migrationUid: 'vmim-1', mode: 'PreCopy' } },
      }),
    );
    const live = instance({ transfer: transfer({ mode: 'PostCopy', policy: 'gold' }) });
    expect(migrationView(observed, 'demo', live, [])).toMatchObject({
      id: 'vmim-1',
      project: 'demo',
      mode: 'PostCopy',
      sourceNode: 'node-1',
      targetNode: 'node-2',
      bytes: { total: 100, transferred: 75, remaining: 25 },
      policy: 'gold',
      cause: 'request',
      endedAt: null,
    });
    const later = instance({ transfer: transfer({ migrationUid: 'vmim-2', mode: 'PostCopy' }) });
    expect(migrationView(observed, 'demo', later, []).mode).toBe('PreCopy');
  });

  it('says what holds it, and why it failed before it was handed over', () => {
    const held = observeMigration(
      object({
        status: {
          phase: 'Pending',
          conditions: [
            { type: 'migrationRejectedByResourceQuota', status: 'True', message: 'exceeded quota: other' },
          ],
        },
      }),
    );
    expect(migrationView(held, 'demo', undefined, []).reason).toBe('exceeded quota: other');
    const events = ['11:59:10', '11:59:20'].map((time) =>
      observeMigrationEvent({
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `e-${time}`, namespace: 'vg-demo-1', uid: time },
        involvedObject: { kind: 'VirtualMachineInstanceMigration', uid: 'vmim-1' },
        type: 'Warning',
        message: `said at ${time}`,
        lastTimestamp: `2030-01-01T${time}Z`,
      } as unknown as KubeObject),
    );
    const failed = observeMigration(object({ status: { phase: 'Failed' } }));
    const told = events.flatMap((event) => event ?? []);
    expect(migrationView(failed, 'demo', undefined, told).reason).toBe('said at 11:59:20');
  });

  it('is read, not trusted', () => {
    const odd = object({
      spec: 7,
      status: { phase: 'Ascended', conditions: 'many', migrationState: [], phaseTransitionTimestamps: {} },
      metadata: {
        ...object().metadata,
        annotations: { 'sandbox.virtgate.io/migration-progress': '{"total":-1,"processed":"many"}' },
      },
    } as unknown as Partial<KubeObject>);
    expect(observeMigration(odd)).toMatchObject({
      state: 'Pending',
      virtualMachine: '',
      transfer: null,
      progress: { total: null, transferred: null, remaining: null, downtimeMs: null },
    });
  });
});
