import type { Generated, JSONColumnType } from 'kysely';
import type { ProjectState } from '../access.contract.js';

export interface TenantTable {
  id: string;
  name: string;
  display_name: string | null;
  version: Generated<number>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

export interface ProjectTable {
  id: string;
  tenant_id: string;
  name: string;
  display_name: string | null;
  labels: JSONColumnType<Record<string, string>>;
  namespace: string;
  namespace_uid: string | null;
  /** It was there before, and a platform administrator asked to take it. */
  adopts: Generated<boolean>;
  state: Generated<ProjectState>;
  state_reason: string | null;
  /** Null: no trash. */
  trash_retention_seconds: number | null;
  version: Generated<number>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

export interface UserAccountTable {
  id: string;
  name: string;
  /** Whose credentials are good for nothing. */
  blocked_at: Generated<Date | null>;
  block_reason: Generated<string | null>;
  created_at: Generated<Date>;
}

export interface ServiceAccountTable {
  id: string;
  tenant_id: string;
  name: string;
  version: Generated<number>;
  created_at: Generated<Date>;
}

export interface RoleTable {
  name: string;
  description: string;
  built_in: Generated<boolean>;
  permissions: Generated<string[]>;
  tenant_id: string | null;
  version: Generated<number>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

export interface RoleBindingTable {
  id: string;
  user_id: string | null;
  service_account_id: string | null;
  group_name: string | null;
  role: string;
  tenant_id: string | null;
  project_id: string | null;
  expires_at: Date | null;
  version: Generated<number>;
  created_at: Generated<Date>;
}

export interface ApiTokenTable {
  id: string;
  hash: Buffer;
  name: string;
  user_id: string | null;
  service_account_id: string | null;
  scopes: string[] | null;
  mints: Generated<boolean>;
  requests_per_minute: number | null;
  expires_at: Date;
  last_used_at: Date | null;
  created_at: Generated<Date>;
  revoked_at: Date | null;
}

export interface SignInTable {
  id: string;
  hash: Buffer;
  user_id: string;
  groups: string[];
  expires_at: Date;
  created_at: Generated<Date>;
  revoked_at: Date | null;
}

export interface AccessTables {
  tenant: TenantTable;
  project: ProjectTable;
  user_account: UserAccountTable;
  service_account: ServiceAccountTable;
  role: RoleTable;
  role_binding: RoleBindingTable;
  api_token: ApiTokenTable;
  sign_in: SignInTable;
}
