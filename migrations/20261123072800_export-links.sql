-- One-time download links. The ticket itself is never kept, only its SHA-256.
CREATE TABLE export_link (
  id              text PRIMARY KEY,
  ticket_hash     bytea NOT NULL UNIQUE,
  project_id      text NOT NULL,
  export_name     text NOT NULL,
  export_uid      text NOT NULL,
  volume          text NOT NULL,
  format          text NOT NULL CHECK (format IN ('raw', 'gzip', 'tar.gz')),
  principal_id    text NOT NULL,
  principal_type  text NOT NULL,
  principal_name  text NOT NULL,
  token_id        text,
  created_at      timestamptz NOT NULL DEFAULT now(),
  expires_at      timestamptz NOT NULL,
  used_at         timestamptz
);

CREATE INDEX export_link_by_age ON export_link (expires_at);
