-- oldest-binary: 5
-- Whether the applicants of a round are visited, and the day an application was visited last; what was seen lies in
-- its details. An older binary writes neither: its rounds want no visits.

ALTER TABLE review_rounds ADD COLUMN site_visit_required BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE applications ADD COLUMN last_visit_date DATE NULL;
