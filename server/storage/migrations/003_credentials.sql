-- API keys of an organisation, shown once and kept as a hash. A key acts with the role of the member who made it
-- (never more than they have now) and goes when they leave.
CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL,
    created_by TEXT NOT NULL,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,                   -- what lists show of the key
    secret_hash TEXT NOT NULL UNIQUE,       -- SHA-256: the key has 256 random bits
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'developer', 'viewer')),
    scopes TEXT NOT NULL,                   -- permissions separated by blanks; empty: all of the role
    created_at {{timestamp}} NOT NULL,
    expires_at {{timestamp}},
    last_used_at {{timestamp}},
    FOREIGN KEY (org_id, created_by) REFERENCES memberships (org_id, user_id) ON DELETE CASCADE
) {{strict}};
CREATE INDEX api_keys_organisation ON api_keys (org_id, id);
CREATE INDEX api_keys_member ON api_keys (org_id, created_by);

-- Short-lived credentials for browsers, bound to one agent if agent_id is not empty. They act for the session or
-- the API key that asked for them and end with it.
CREATE TABLE client_secrets (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    session_id TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    api_key_id TEXT REFERENCES api_keys (id) ON DELETE CASCADE,
    agent_id TEXT NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    created_at {{timestamp}} NOT NULL,
    expires_at {{timestamp}} NOT NULL,
    CHECK ((session_id IS NULL) <> (api_key_id IS NULL))
) {{strict}};
CREATE INDEX client_secrets_expiry ON client_secrets (expires_at);
CREATE INDEX client_secrets_organisation ON client_secrets (org_id);
CREATE INDEX client_secrets_session ON client_secrets (session_id);
CREATE INDEX client_secrets_api_key ON client_secrets (api_key_id);
