-- Tenants, projects and who may do what in them. The program is the source of truth for the permissions of the
-- built-in roles, so that a release may add a right without a migration; their rows are here to be referred to.

CREATE TABLE tenant (
  id text PRIMARY KEY,
  name text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$'),
  display_name text,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE project (
  id text PRIMARY KEY,
  tenant_id text NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
  name text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$'),
  display_name text,
  labels jsonb NOT NULL DEFAULT '{}',
  namespace text NOT NULL UNIQUE,
  -- Of the namespace that was made for this project: how it is known even when its labels were taken off.
  namespace_uid text,
  state text NOT NULL DEFAULT 'Provisioning' CHECK (state IN ('Provisioning', 'Active', 'Deleting', 'Failed')),
  state_reason text,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX project_tenant_id ON project (tenant_id);
CREATE INDEX project_unsettled ON project (state) WHERE state <> 'Active';

CREATE TABLE user_account (
  id text PRIMARY KEY,
  name text NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE service_account (
  id text PRIMARY KEY,
  tenant_id text NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  name text NOT NULL CHECK (name ~ '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$'),
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, name)
);

CREATE TABLE role (
  name text PRIMARY KEY,
  description text NOT NULL,
  built_in boolean NOT NULL DEFAULT false,
  permissions text[] NOT NULL DEFAULT '{}'
);

INSERT INTO role (name, description, built_in) VALUES
  ('viewer', 'Sees machines, operations and the catalogue; opens no consoles.', true),
  ('operator', 'Viewer, and switches machines on and off and opens their consoles.', true),
  ('editor', 'Operator, and creates, changes and deletes machines.', true),
  ('admin', 'Editor, and manages members, service accounts, tokens and projects.', true),
  ('platform-admin', 'Everything, on the whole platform.', true);

CREATE TABLE role_binding (
  id text PRIMARY KEY,
  user_id text REFERENCES user_account (id) ON DELETE CASCADE,
  service_account_id text REFERENCES service_account (id) ON DELETE CASCADE,
  role text NOT NULL REFERENCES role (name) ON DELETE CASCADE,
  -- Platform: neither; tenant: tenant_id; project: project_id.
  tenant_id text REFERENCES tenant (id) ON DELETE CASCADE,
  project_id text REFERENCES project (id) ON DELETE CASCADE,
  expires_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (num_nonnulls(user_id, service_account_id) = 1),
  CHECK (num_nonnulls(tenant_id, project_id) <= 1)
);
CREATE UNIQUE INDEX role_binding_once ON role_binding (
  coalesce(user_id, ''), coalesce(service_account_id, ''), role, coalesce(tenant_id, ''), coalesce(project_id, '')
);
CREATE INDEX role_binding_user_id ON role_binding (user_id);
CREATE INDEX role_binding_service_account_id ON role_binding (service_account_id);
CREATE INDEX role_binding_tenant_id ON role_binding (tenant_id);
CREATE INDEX role_binding_project_id ON role_binding (project_id);

CREATE TABLE api_token (
  id text PRIMARY KEY,
  -- SHA-256 of the secret, which has 256 bits of its own; the secret itself is kept nowhere.
  hash bytea NOT NULL UNIQUE,
  name text NOT NULL,
  user_id text REFERENCES user_account (id) ON DELETE CASCADE,
  service_account_id text REFERENCES service_account (id) ON DELETE CASCADE,
  -- NULL: all that the owner may do.
  scopes text[],
  expires_at timestamptz NOT NULL,
  -- Coarse (minutes): a read must not cost a write.
  last_used_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz,
  CHECK (num_nonnulls(user_id, service_account_id) = 1)
);
CREATE INDEX api_token_user_id ON api_token (user_id);
CREATE INDEX api_token_service_account_id ON api_token (service_account_id);
