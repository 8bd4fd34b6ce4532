-- oldest-binary: 8
-- Who made a delegation: what another than the delegator made lends less. Of those made before nobody knows.

ALTER TABLE delegations ADD COLUMN maker VARCHAR(100) NOT NULL DEFAULT '';
