import { ANNOTATION } from './names.js';

/** What is to become of a claim; null and undefined leave it as it is, but a display name of null goes away. */
export interface DiskChange {
  uid: string;
  labels: Record<string, string | null> | null;
  displayName?: string | null;
  /** What the guest is to see. */
  size: string | null;
  /** What the claim asks for. */
  request: string | null;
}

/** The merge patch of a PersistentVolumeClaim. The uid holds it to the disk that was meant. */
export function claimPatch(
  { uid, labels, displayName, size, request }: DiskChange,
  requestId: string,
): object {
  return {
    metadata: {
      uid,
      ...(labels !== null && { labels }),
      annotations: {
        [ANNOTATION.requestId]: requestId,
        ...(displayName !== undefined && { [ANNOTATION.displayName]: displayName }),
        ...(size !== null && { [ANNOTATION.size]: size }),
      },
    },
    ...(request !== null && { spec: { resources: { requests: { storage: request } } } }),
  };
}
