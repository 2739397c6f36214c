import { observeRestore } from './restore-directory.js';

const restore = (more: object = {}, metadata: object = {}) => ({
  apiVersion: 'snapshot.kubevirt.io/v1beta1',
  kind: 'VirtualMachineRestore',
  metadata: {
    name: 'back',
    namespace: 'vg-demo-1',
    uid: 'r-1',
    resourceVersion: '7',
    creationTimestamp: '2030-01-01T00:00:00Z',
    ...metadata,
  },
  spec: {
    target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'web' },
    virtualMachineSnapshotName: 'monday',
  },
  ...more,
});

describe('a restore as it is seen', () => {
  it('is in progress, says what it waits for, then is done with its disks', () => {
    const waiting = { type: 'Progressing', status: 'True', reason: 'Waiting for target to be ready' };
    expect(observeRestore(restore({ status: { conditions: [waiting] } }))).toMatchObject({
      snapshot: 'monday',
      virtualMachine: 'web',
      state: 'InProgress',
      message: 'Waiting for target to be ready',
      volumes: [],
      restoredAt: null,
      operation: null,
      createdBy: null,
    });
    const status = {
      complete: true,
      restoreTime: '2030-01-01T00:00:09Z',
      restores: [{ volumeName: 'root', persistentVolumeClaim: 'restore-r-1-root' }],
      conditions: [{ type: 'Progressing', status: 'False' }],
    };
    expect(observeRestore(restore({ status }))).toMatchObject({
      state: 'Succeeded',
      message: null,
      volumes: [{ name: 'root', claim: 'restore-r-1-root' }],
      restoredAt: '2030-01-01T00:00:09Z',
    });
  });

  it('fails with a reason, and is seen going', () => {
    const conditions = [{ type: 'Failure', status: 'True', message: 'the snapshot is gone' }];
    expect(observeRestore(restore({ status: { conditions } }))).toMatchObject({
      state: 'Failed',
      message: 'the snapshot is gone',
    });
    const going = { deletionTimestamp: '2030-01-01T00:01:00Z' };
    expect(observeRestore(restore({}, going))?.state).toBe('Deleting');
  });

  it('is left out where it is part of a clone, or not about a machine', () => {
    const ownerReferences = [
      { apiVersion: 'clone.kubevirt.io/v1beta1', kind: 'VirtualMachineClone', name: 'c', uid: 'c' },
    ];
    expect(observeRestore(restore({}, { ownerReferences }))).toBeNull();
    expect(observeRestore(restore({ spec: { target: { kind: 'Other', name: 'x' } } }))).toBeNull();
  });
});
