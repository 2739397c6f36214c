-- Public keys that a project keeps under names. What a machine has of them is the cluster's to say.
CREATE TABLE ssh_key (
  id text PRIMARY KEY,
  project_id text NOT NULL REFERENCES project (id) ON DELETE CASCADE,
  name text NOT NULL CHECK (name ~ '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$'),
  -- In OpenSSH's one-line format; never a private one.
  public_key text NOT NULL,
  fingerprint text NOT NULL,
  -- New machines that name no keys of their own have it.
  automatic boolean NOT NULL DEFAULT false,
  -- The account may go before the key does.
  created_by_type text NOT NULL,
  created_by_id text NOT NULL,
  created_by_name text NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (project_id, name),
  UNIQUE (project_id, fingerprint)
);
