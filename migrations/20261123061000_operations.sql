-- Durable state machines: one row per mutation that touches the cluster.
CREATE TABLE operation (
  id text PRIMARY KEY,
  kind text NOT NULL,
  queue text NOT NULL,
  state text NOT NULL CHECK (state IN ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
  project_id text NOT NULL,
  project jsonb NOT NULL,
  target_type text NOT NULL,
  target_name text NOT NULL,
  input bytea NOT NULL,
  steps jsonb NOT NULL,
  asked jsonb NOT NULL DEFAULT '{}',
  queued jsonb NOT NULL DEFAULT '{}',
  warnings jsonb NOT NULL DEFAULT '[]',
  progress integer CHECK (progress BETWEEN 0 AND 100),
  progress_at timestamptz NOT NULL,
  cancellable boolean NOT NULL,
  cancel_requested boolean NOT NULL DEFAULT false,
  requested_by jsonb NOT NULL,
  request_id text NOT NULL,
  source_address text,
  idempotency_id text UNIQUE,
  error jsonb,
  result jsonb,
  version integer NOT NULL DEFAULT 1,
  next_check_at timestamptz,
  created_at timestamptz NOT NULL,
  started_at timestamptz,
  finished_at timestamptz
);

-- One unfinished operation per target; the database decides the race.
CREATE UNIQUE INDEX operation_one_unfinished_per_target
  ON operation (project_id, target_type, target_name) WHERE finished_at IS NULL;
CREATE INDEX operation_due ON operation (next_check_at) WHERE finished_at IS NULL;
CREATE INDEX operation_by_project ON operation (project_id, id DESC);
CREATE INDEX operation_finished ON operation (finished_at) WHERE finished_at IS NOT NULL;

-- What a client saw of an operation at each version: a stream tells every state in order, also after a gap.
CREATE TABLE operation_change (
  operation_id text NOT NULL REFERENCES operation (id) ON DELETE CASCADE,
  version integer NOT NULL,
  view jsonb NOT NULL,
  PRIMARY KEY (operation_id, version)
);
