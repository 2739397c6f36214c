-- Answers kept under the caller's Idempotency-Key for 24 hours. A row without a response is a request that is
-- running (lease in the future) or that ended without an answer worth keeping (lease passed, or none).
create table idempotency_record (
  id uuid primary key,
  -- sha-256 of principal, method, route and key
  scope bytea not null unique,
  -- sha-256 of path, query and body
  fingerprint bytea not null,
  lease_owner uuid,
  lease_until timestamptz,
  -- sealed
  response bytea,
  created_at timestamptz not null default now()
);

create index idempotency_record_created_at on idempotency_record (created_at);
