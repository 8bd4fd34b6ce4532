-- oldest-binary: 1
-- What auditors search the journal by, beside the resource: a migration that services link to under a number of their own.
ALTER TABLE journal
  ADD KEY journal_by_actor (actor, time),
  ADD KEY journal_by_operation (operation, time),
  ADD KEY journal_by_time (time);
