-- How long what is deleted in the project stays in its trash; NULL: there is no trash, what is deleted is gone.
ALTER TABLE project ADD COLUMN trash_retention_seconds integer CHECK (trash_retention_seconds > 0);
