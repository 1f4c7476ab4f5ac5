-- People, organisations, and who belongs where with which role.
CREATE TABLE organisations (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at {{timestamp}} NOT NULL,
    updated_at {{timestamp}} NOT NULL
) {{strict}};

-- A person may belong to several organisations, so users carry no org_id; memberships do.
CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,             -- normalised
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,            -- PHC string
    disabled INTEGER NOT NULL DEFAULT 0,
    created_at {{timestamp}} NOT NULL,
    updated_at {{timestamp}} NOT NULL,
    password_changed_at {{timestamp}} NOT NULL
) {{strict}};

CREATE TABLE memberships (
    org_id TEXT NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'developer', 'viewer')),
    created_at {{timestamp}} NOT NULL,
    PRIMARY KEY (org_id, user_id)
) {{strict}};
CREATE INDEX memberships_user ON memberships (user_id);
