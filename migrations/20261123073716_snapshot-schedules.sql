-- Snapshots on a timetable. The snapshots themselves are the cluster's; what is here is when, of what and for whom.
CREATE TABLE snapshot_schedule (
  id text PRIMARY KEY,
  project_id text NOT NULL REFERENCES project (id) ON DELETE CASCADE,
  name text NOT NULL CHECK (name ~ '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$'),
  cron text NOT NULL,
  time_zone text NOT NULL,
  -- NULL: no such rule. All NULL: nothing is ever removed.
  keep_last integer CHECK (keep_last > 0),
  keep_daily integer CHECK (keep_daily > 0),
  keep_weekly integer CHECK (keep_weekly > 0),
  keep_monthly integer CHECK (keep_monthly > 0),
  match_labels jsonb NOT NULL DEFAULT '{}',
  suspended boolean NOT NULL DEFAULT false,
  -- Why the platform itself suspended it; NULL where a person did.
  suspended_reason text,
  -- In whose name snapshots are taken: who made or last changed it. The account may go before the schedule does.
  owner_type text NOT NULL,
  owner_id text NOT NULL,
  owner_name text NOT NULL,
  -- NULL while it is suspended.
  next_run_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (project_id, name)
);
CREATE INDEX snapshot_schedule_due ON snapshot_schedule (next_run_at) WHERE NOT suspended;

CREATE TABLE snapshot_schedule_run (
  id text PRIMARY KEY,
  schedule_id text NOT NULL REFERENCES snapshot_schedule (id) ON DELETE CASCADE,
  scheduled_for timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('RUNNING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'SKIPPED')),
  -- Earlier times at which nobody was there to run it; this run stands for all of them.
  missed_runs integer NOT NULL DEFAULT 0,
  reason text,
  deleted_snapshots text[] NOT NULL DEFAULT '{}',
  started_at timestamptz NOT NULL,
  finished_at timestamptz
);
CREATE INDEX snapshot_schedule_run_newest ON snapshot_schedule_run (schedule_id, scheduled_for DESC, id DESC);
-- One run at a time, whoever believes to be the leader.
CREATE UNIQUE INDEX snapshot_schedule_run_unfinished ON snapshot_schedule_run (schedule_id) WHERE state = 'RUNNING';

CREATE TABLE snapshot_schedule_run_machine (
  run_id text NOT NULL REFERENCES snapshot_schedule_run (id) ON DELETE CASCADE,
  vm_name text NOT NULL,
  snapshot_name text NOT NULL,
  state text NOT NULL CHECK (state IN ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'SKIPPED')),
  operation_id text,
  reason text,
  PRIMARY KEY (run_id, vm_name)
);
