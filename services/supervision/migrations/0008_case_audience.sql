-- oldest-binary: 7
-- To whom a case does not exist, and who needs to know of it: what lists, counts and items ask.

CREATE TABLE supervision_cases_audience (
  id BINARY(16) NOT NULL,
  standing VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  person BINARY(16) NOT NULL,
  PRIMARY KEY (id, standing, person)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO supervision_cases_audience (id, standing, person)
  SELECT id, 'DENIED', subject_person FROM supervision_cases WHERE subject_person IS NOT NULL;
