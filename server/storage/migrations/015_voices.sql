-- Who did what that must be answered for. Only ever added to (accounts/audit_log.hpp).
CREATE TABLE audit_log (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,              -- within the organisation: 1, 2, 3, ... without a gap
    at {{timestamp}} NOT NULL,
    actor TEXT NOT NULL,                    -- a user or an API key; may be empty: the server itself
    action TEXT NOT NULL,                   -- "voice.created"
    target TEXT NOT NULL,                   -- the id of what it was done to
    detail TEXT NOT NULL,                   -- JSON
    address TEXT NOT NULL                   -- where the request came from; may be empty
) {{strict}};
CREATE UNIQUE INDEX audit_log_position ON audit_log (org_id, position);
CREATE INDEX audit_log_target ON audit_log (org_id, target, position);

-- The last position of each organisation: whoever adds lines holds this row, so that their order is one.
CREATE TABLE audit_heads (
    org_id TEXT PRIMARY KEY REFERENCES organisations (id) ON DELETE CASCADE,
    position INTEGER NOT NULL
) {{strict}};

-- People's spoken consent to a voice made after theirs. The recording is a file (agents/voice_files.hpp).
CREATE TABLE voice_consents (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    phrase TEXT NOT NULL,                   -- what was to be said
    transcript TEXT NOT NULL,               -- what was heard
    created_by TEXT NOT NULL,               -- who uploaded it
    consented_at {{timestamp}} NOT NULL,
    withdrawn_at {{timestamp}}
) {{strict}};
CREATE INDEX voice_consents_organisation ON voice_consents (org_id, id);

-- A voice that has ended stays as a row without anything of the person, so that who still asks for it learns
-- why it is gone.
CREATE TABLE voices (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    consent_id TEXT NOT NULL,
    name TEXT NOT NULL,
    engine TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('processing', 'ready', 'failed', 'deleted', 'withdrawn')),
    progress {{real}} NOT NULL,
    error TEXT NOT NULL,                    -- why it failed
    data TEXT NOT NULL,                     -- JSON: what the engine speaks with; empty until it has it
    scores TEXT NOT NULL,                   -- JSON: how near it came; empty until known
    created_by TEXT NOT NULL,
    created_at {{timestamp}} NOT NULL,
    updated_at {{timestamp}} NOT NULL
) {{strict}};
CREATE INDEX voices_organisation ON voices (org_id, id);
CREATE INDEX voices_consent ON voices (org_id, consent_id);
