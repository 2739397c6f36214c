import type { Generated, Selectable } from 'kysely';
import type { SshKey } from '../domain/ssh-key.js';

export interface SshKeyTable {
  id: string;
  project_id: string;
  name: string;
  public_key: string;
  fingerprint: string;
  automatic: boolean;
  created_by_type: string;
  created_by_id: string;
  created_by_name: string;
  version: Generated<number>;
  created_at: Date;
  updated_at: Date;
}

export interface SshKeyTables {
  ssh_key: SshKeyTable;
}

export const toSshKey = (row: Selectable<SshKeyTable>): SshKey => ({
  id: row.id,
  projectId: row.project_id,
  name: row.name,
  publicKey: row.public_key,
  fingerprint: row.fingerprint,
  automatic: row.automatic,
  createdBy: { type: row.created_by_type, id: row.created_by_id, name: row.created_by_name },
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

export const fromSshKey = (key: SshKey) => ({
  id: key.id,
  project_id: key.projectId,
  name: key.name,
  public_key: key.publicKey,
  fingerprint: key.fingerprint,
  automatic: key.automatic,
  created_by_type: key.createdBy.type,
  created_by_id: key.createdBy.id,
  created_by_name: key.createdBy.name,
  created_at: key.createdAt,
  updated_at: key.updatedAt,
});
