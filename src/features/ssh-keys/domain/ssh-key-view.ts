import { describeKey } from '../public-key.contract.js';
import type { SshKey } from './ssh-key.js';

/** A key as it is answered. Times are RFC 3339. */
export interface SshKeyView {
  id: string;
  name: string;
  project: string;
  publicKey: string;
  type: string;
  comment: string | null;
  fingerprint: string;
  automatic: boolean;
  /** Names of the machines whose guest agents bring it in, also of those in the trash. */
  usedBy: string[];
  createdBy: { type: string; id: string; name: string };
  createdAt: string;
  updatedAt: string;
}

export function sshKeyView(key: SshKey, project: string, usedBy: string[]): SshKeyView {
  const { type, comment } = describeKey(key.publicKey);
  return {
    id: key.id,
    name: key.name,
    project,
    publicKey: key.publicKey,
    type,
    comment,
    fingerprint: key.fingerprint,
    automatic: key.automatic,
    usedBy,
    createdBy: key.createdBy,
    createdAt: key.createdAt.toISOString(),
    updatedAt: key.updatedAt.toISOString(),
  };
}
