-- Limits: one row for the platform's defaults, one for each tenant and project that has limits of its own.
CREATE TABLE quota (
  id text PRIMARY KEY,
  tenant_id text UNIQUE REFERENCES tenant (id) ON DELETE CASCADE,
  project_id text UNIQUE REFERENCES project (id) ON DELETE CASCADE,
  -- By meter: decimal text, or null for "expressly none".
  limits jsonb NOT NULL DEFAULT '{}',
  -- Of a tenant and of the platform: for projects that say nothing themselves.
  project_defaults jsonb NOT NULL DEFAULT '{}',
  -- Of the platform: for tenants that say nothing themselves.
  tenant_defaults jsonb NOT NULL DEFAULT '{}',
  warn_at_percent integer CHECK (warn_at_percent BETWEEN 1 AND 100),
  version integer NOT NULL DEFAULT 1,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (num_nonnulls(tenant_id, project_id) = (id <> 'platform')::int)
);

-- What the leader has seen in the cluster, one row per object. Derived: it is written anew from the cluster at any time.
CREATE TABLE quota_usage (
  namespace text NOT NULL,
  type text NOT NULL,
  name text NOT NULL,
  project_id text NOT NULL,
  tenant_id text NOT NULL,
  storage_class text NOT NULL DEFAULT '',
  holder text,
  vms bigint NOT NULL DEFAULT 0,
  running_vms bigint NOT NULL DEFAULT 0,
  vcpus bigint NOT NULL DEFAULT 0,
  memory bigint NOT NULL DEFAULT 0,
  storage bigint NOT NULL DEFAULT 0,
  disks bigint NOT NULL DEFAULT 0,
  snapshots bigint NOT NULL DEFAULT 0,
  snapshot_bytes bigint NOT NULL DEFAULT 0,
  exports bigint NOT NULL DEFAULT 0,
  images bigint NOT NULL DEFAULT 0,
  -- Of a snapshot: the machine that could be made of it.
  machine jsonb,
  PRIMARY KEY (namespace, type, name)
);
CREATE INDEX quota_usage_tenant ON quota_usage (tenant_id);
CREATE INDEX quota_usage_object ON quota_usage (project_id, type, name);
CREATE INDEX quota_usage_holder ON quota_usage (project_id, holder) WHERE holder IS NOT NULL;

-- What unfinished operations will have made when they are done. Goes with the operation's settling.
CREATE TABLE quota_reservation (
  operation_id text NOT NULL REFERENCES operation (id) ON DELETE CASCADE,
  type text NOT NULL,
  name text NOT NULL,
  storage_class text NOT NULL DEFAULT '',
  project_id text NOT NULL,
  tenant_id text NOT NULL,
  vms bigint NOT NULL DEFAULT 0,
  running_vms bigint NOT NULL DEFAULT 0,
  vcpus bigint NOT NULL DEFAULT 0,
  memory bigint NOT NULL DEFAULT 0,
  storage bigint NOT NULL DEFAULT 0,
  disks bigint NOT NULL DEFAULT 0,
  snapshots bigint NOT NULL DEFAULT 0,
  snapshot_bytes bigint NOT NULL DEFAULT 0,
  exports bigint NOT NULL DEFAULT 0,
  images bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (operation_id, type, name, storage_class)
);
CREATE INDEX quota_reservation_tenant ON quota_reservation (tenant_id);

-- Whether the cluster has ever been read as a whole: before that, nothing is known of what is used.
CREATE TABLE quota_ledger (
  id integer PRIMARY KEY CHECK (id = 1),
  read_at timestamptz NOT NULL
);
