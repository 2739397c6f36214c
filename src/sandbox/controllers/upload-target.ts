import type { KubeObject } from '../store/kube-object.js';
import { type Change, CLAIMS, type Controller, editable, sameValue, type World } from './reconciliation.js';

/** CDI's mark of a claim that waits for an upload; virtctl sets it on claims without a DataVolume too. */
export const UPLOAD_TARGET = 'cdi.kubevirt.io/storage.upload.target';
export const UPLOAD_READY = 'cdi.kubevirt.io/storage.pod.ready';
const PHASE = 'cdi.kubevirt.io/storage.pod.phase';

/** CDI's upload controller: tells on the claim whether the proxy would take bytes for it. */
export const uploadTargetController: Controller = {
  name: 'uploadtarget',
  resource: CLAIMS,
  reconcile: (claim, world) => ({ changes: reportUpload(claim, world) }),
};

export function isUploadTarget(claim: KubeObject): boolean {
  return claim.metadata.annotations?.[UPLOAD_TARGET] !== undefined;
}

function reportUpload(claim: KubeObject, world: World): Change[] {
  if (!isUploadTarget(claim) || claim.metadata.deletionTimestamp || claim.status?.phase !== 'Bound')
    return [];
  const done = world.disk(claim.metadata.uid).state === 'ready';
  const wanted = editable(claim);
  wanted.metadata.annotations = {
    ...claim.metadata.annotations,
    [PHASE]: done ? 'Succeeded' : 'Running',
    [UPLOAD_READY]: done ? 'false' : 'true',
  };
  return sameValue(wanted.metadata, claim.metadata)
    ? []
    : [{ kind: 'update', resource: CLAIMS, object: wanted }];
}
