-- Sign-in with what others made: one row per token of an identity provider or the cluster that was shown here.
CREATE TABLE sign_in (
  -- "si_" and a uuid: never the id of a token that we made.
  id text PRIMARY KEY,
  -- SHA-256 of the token, which is kept nowhere.
  hash bytea NOT NULL UNIQUE,
  user_id text NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
  -- As the issuer named them in this token; rights through them are this sign-in's, not the account's.
  groups text[] NOT NULL DEFAULT '{}',
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz
);
CREATE INDEX sign_in_user_id ON sign_in (user_id);
CREATE INDEX sign_in_expires_at ON sign_in (expires_at);

-- A role may be given to a group of an issuer: "<alias>/<group>".
ALTER TABLE role_binding ADD COLUMN group_name text;
ALTER TABLE role_binding DROP CONSTRAINT role_binding_check;
ALTER TABLE role_binding ADD CONSTRAINT role_binding_one_holder
  CHECK (num_nonnulls(user_id, service_account_id, group_name) = 1);
DROP INDEX role_binding_once;
CREATE UNIQUE INDEX role_binding_once ON role_binding (
  coalesce(user_id, ''), coalesce(service_account_id, ''), coalesce(group_name, ''), role,
  coalesce(tenant_id, ''), coalesce(project_id, '')
);
CREATE INDEX role_binding_group_name ON role_binding (group_name) WHERE group_name IS NOT NULL;

-- Whether a token with all of its owner's rights may make tokens. Those that were made before may.
ALTER TABLE api_token ADD COLUMN mints boolean NOT NULL DEFAULT true;
ALTER TABLE api_token ALTER COLUMN mints SET DEFAULT false;
ALTER TABLE api_token ADD COLUMN requests_per_minute integer CHECK (requests_per_minute > 0);

-- Custom roles: of the platform, or of one tenant ("<tenant>.<name>", so that names of two tenants never meet).
ALTER TABLE role ADD COLUMN tenant_id text REFERENCES tenant (id) ON DELETE CASCADE;
ALTER TABLE role ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE role ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE role ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX role_tenant_id ON role (tenant_id);
CREATE INDEX role_binding_role ON role_binding (role);
-- A role that somebody has is not deleted under them.
ALTER TABLE role_binding DROP CONSTRAINT role_binding_role_fkey;
ALTER TABLE role_binding ADD CONSTRAINT role_binding_role_fkey
  FOREIGN KEY (role) REFERENCES role (name) ON DELETE NO ACTION DEFERRABLE INITIALLY IMMEDIATE;
