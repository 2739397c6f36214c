import type { KubeObject, Untyped } from '../store/kube-object.js';
import { usableBytes } from './claim-size.js';
import { quantityBytes } from './quantity.js';
import { type Change, VOLUME_SNAPSHOTS, type World } from './reconciliation.js';
import { snapshotImage } from './volume-snapshot.js';

/** The VolumeSnapshot that a claim's content comes from; undefined where it comes from elsewhere. */
export function snapshotSourceOf(claim: KubeObject): string | undefined {
  const source: Untyped = claim.spec.dataSource ?? claim.spec.dataSourceRef;
  return source?.kind === 'VolumeSnapshot' ? source.name : undefined;
}

/**
 * What brings a snapshot's bytes into a claim: nothing while the snapshot is not ready or larger than the
 * claim, undefined where the claim's content comes from elsewhere.
 */
export function fillFromSnapshot(claim: KubeObject, world: World): Change[] | undefined {
  const name = snapshotSourceOf(claim);
  if (name === undefined) return undefined;
  const disk = world.disk(claim.metadata.uid);
  if (disk.state !== 'absent' && !(disk.state === 'failed' && disk.retryAt <= world.now)) return [];
  const snapshot = world.get(VOLUME_SNAPSHOTS, claim.metadata.namespace, name);
  const source = snapshot && snapshotImage(snapshot, world);
  if (!snapshot || !source) return [];
  const sizeBytes = usableBytes(claim, world);
  const needed = quantityBytes(snapshot.status?.restoreSize) ?? 0n;
  if (sizeBytes < needed) {
    return [
      {
        kind: 'event',
        regarding: claim,
        type: 'Warning',
        reason: 'ProvisioningFailed',
        message: `requested volume size ${sizeBytes} is less than the size ${needed} for the source snapshot ${name}`,
        component: 'persistentvolume-controller',
      },
    ];
  }
  return [
    {
      kind: 'disk',
      command: { do: 'copy', claimUid: claim.metadata.uid, source, sizeBytes, notify: claim },
    },
  ];
}
