-- Screens and ports beside serial consoles; who is in, since when, from where, how much went by, and why it ended.
ALTER TABLE console_session DROP CONSTRAINT console_session_type_check;
ALTER TABLE console_session
  ADD CONSTRAINT console_session_type_check CHECK (type IN ('serial', 'vnc', 'port-forward')),
  ADD COLUMN port             integer CHECK (port BETWEEN 1 AND 65535),
  ADD COLUMN take_over        boolean NOT NULL DEFAULT false,
  ADD COLUMN source_address   text,
  ADD COLUMN bytes_to_guest   bigint NOT NULL DEFAULT 0,
  ADD COLUMN bytes_from_guest bigint NOT NULL DEFAULT 0,
  -- Told by the gateway that holds the connection, again and again: one that died tells no more.
  ADD COLUMN seen_at          timestamptz,
  ADD COLUMN end_reason       text,
  ADD CONSTRAINT console_session_port CHECK ((port IS NOT NULL) = (type = 'port-forward'));

-- Those of before, which nobody holds any more.
UPDATE console_session SET closed_at = connected_at, end_reason = 'gateway-gone'
 WHERE connected_at IS NOT NULL AND closed_at IS NULL;

CREATE INDEX console_session_open ON console_session (vm_uid, type)
 WHERE connected_at IS NOT NULL AND closed_at IS NULL;
