-- oldest-binary: 3
-- The organizations and their paths under the name that every service's schema has for them.

CREATE SQL SECURITY INVOKER VIEW known_organizations AS SELECT id, path FROM organizations;
