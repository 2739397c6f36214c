-- What happened stays as it was written down: records and links can be added, and nothing else.
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The audit log is append-only: % of % is refused.', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;

-- Of the content, with a key that the database does not know: a record written past virtgate has none that fits.
ALTER TABLE audit_record ADD COLUMN mac bytea;
-- Not valid for what was written before there were any.
ALTER TABLE audit_record ADD CONSTRAINT audit_record_has_mac CHECK (mac IS NOT NULL) NOT VALID;
CREATE INDEX audit_record_by_tenant ON audit_record (tenant_id, id DESC);
CREATE TRIGGER audit_record_append_only BEFORE UPDATE OR DELETE ON audit_record
  FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_record_no_truncate BEFORE TRUNCATE ON audit_record
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- Records that no link holds yet.
CREATE TABLE audit_pending (record_id text PRIMARY KEY);

CREATE FUNCTION audit_await_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_pending (record_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER audit_record_pending AFTER INSERT ON audit_record
  FOR EACH ROW EXECUTE FUNCTION audit_await_link();

-- The chain: each link's hash takes in the one before it.
CREATE TABLE audit_link (
  seq bigint PRIMARY KEY CHECK (seq > 0),
  record_id text NOT NULL UNIQUE,
  record_mac bytea NOT NULL,
  hash bytea NOT NULL,
  linked_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER audit_link_append_only BEFORE UPDATE OR DELETE ON audit_link
  FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_link_no_truncate BEFORE TRUNCATE ON audit_link
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- How long the chain is: a chain that ends sooner was cut off.
CREATE TABLE audit_head (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  seq bigint NOT NULL,
  hash bytea NOT NULL,
  mac bytea NOT NULL
);
