-- Somebody whose credentials are good for nothing here until it is taken back.
ALTER TABLE user_account
  ADD COLUMN blocked_at timestamptz,
  ADD COLUMN block_reason text;

-- A platform administrator asked for it: the namespace was there before the project, and stays when that goes.
ALTER TABLE project ADD COLUMN adopts boolean NOT NULL DEFAULT false;
