-- One-time tickets for consoles. The ticket itself is never kept, only its SHA-256.
CREATE TABLE console_session (
  id              text PRIMARY KEY,
  ticket_hash     bytea NOT NULL UNIQUE,
  type            text NOT NULL CHECK (type IN ('serial')),
  project_id      text NOT NULL,
  vm_name         text NOT NULL,
  vm_uid          text NOT NULL,
  principal_id    text NOT NULL,
  principal_type  text NOT NULL,
  principal_name  text NOT NULL,
  token_id        text,
  created_at      timestamptz NOT NULL DEFAULT now(),
  expires_at      timestamptz NOT NULL,
  connected_at    timestamptz,
  closed_at       timestamptz,
  revoked_at      timestamptz
);

CREATE INDEX console_session_by_vm ON console_session (project_id, vm_name, created_at DESC);
CREATE INDEX console_session_by_age ON console_session (created_at);
