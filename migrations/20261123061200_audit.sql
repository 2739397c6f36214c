-- Who did what, written in the transaction that does it. Appended to, never changed.
CREATE TABLE audit_record (
  id text PRIMARY KEY,
  at timestamptz NOT NULL,
  actor_type text NOT NULL,
  actor_id text NOT NULL,
  actor_name text NOT NULL,
  token_id text,
  action text NOT NULL,
  target_type text NOT NULL,
  target_name text NOT NULL,
  tenant_id text,
  project_id text,
  request_id text NOT NULL,
  source_address text,
  result text NOT NULL,
  details jsonb NOT NULL DEFAULT '{}'
);

CREATE INDEX audit_record_by_project ON audit_record (project_id, id DESC);
CREATE INDEX audit_record_by_actor ON audit_record (actor_id, id DESC);
