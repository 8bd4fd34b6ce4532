-- oldest-binary: 9
-- Which contents a case and its items refer to, and so for whom the files with them do not exist.

-- Written with the case or the item, and never taken back: what was evidence once is told of in their histories.
-- `organization` is the one that handles the case, where the case itself refers to the content; NULL where only an item
-- does.
CREATE TABLE case_evidence (
  supervision_case BINARY(16) NOT NULL,
  digest VARCHAR(64) NOT NULL,
  organization BINARY(16) NULL,
  PRIMARY KEY (supervision_case, digest),
  KEY case_evidence_by_digest (digest, supervision_case)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What common/visibility asks. The id comes from the files themselves: a file is found by it, and then by its digest
-- what refers to it.
CREATE SQL SECURITY INVOKER VIEW evidence_files_audience AS
  SELECT f.id, a.standing, a.person
  FROM evidence_files f
  JOIN case_evidence e ON e.digest = f.digest
  JOIN supervision_cases_audience a ON a.id = e.supervision_case;

CREATE SQL SECURITY INVOKER VIEW evidence_files_confidential AS
  SELECT f.id FROM evidence_files f
  JOIN case_evidence e ON e.digest = f.digest AND e.organization = f.organization;
