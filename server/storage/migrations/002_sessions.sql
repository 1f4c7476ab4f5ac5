-- A sign-in and the refresh tokens that descend from it (one family). Leaving an organisation ends its sessions.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    remote_address TEXT NOT NULL,
    created_at {{timestamp}} NOT NULL,
    last_used_at {{timestamp}} NOT NULL,
    expires_at {{timestamp}} NOT NULL,      -- absolute: refreshing does not move it
    ended_at {{timestamp}},
    FOREIGN KEY (org_id, user_id) REFERENCES memberships (org_id, user_id) ON DELETE CASCADE
) {{strict}};
CREATE INDEX sessions_member ON sessions (org_id, user_id);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- A used token stays until its session goes, so that its reuse is noticed.
CREATE TABLE refresh_tokens (
    token_hash TEXT PRIMARY KEY,            -- SHA-256
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    org_id TEXT NOT NULL,
    parent_hash TEXT,                       -- the token that was exchanged for this one
    created_at {{timestamp}} NOT NULL,
    expires_at {{timestamp}} NOT NULL,      -- idle limit: refreshing moves it
    used_at {{timestamp}}
) {{strict}};
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_parent ON refresh_tokens (parent_hash);
