-- Uploads that come in parts. The bytes lie in the staging directory, under the disk's uid; how many they are is the
-- size of that file. What is here is whose they are and who works on them.
CREATE TABLE staged_upload (
  disk_uid text PRIMARY KEY,
  project_id text NOT NULL REFERENCES project (id) ON DELETE CASCADE,
  disk_name text NOT NULL,
  operation_id text NOT NULL,
  -- In whose name the content is passed on where the client does not wait for it.
  requester jsonb NOT NULL,
  total bigint NOT NULL CHECK (total > 0),
  -- `sha256:<hex>` of the whole content, where the client said it.
  checksum text,
  -- The request of a gateway that has the file open, and until when that is believed.
  holder text,
  held_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
