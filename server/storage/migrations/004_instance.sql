-- What belongs to the installation, not to an organisation.

-- The one-time link that makes the first owner.
CREATE TABLE setup_tokens (
    token_hash TEXT PRIMARY KEY,
    created_at {{timestamp}} NOT NULL,
    expires_at {{timestamp}} NOT NULL
) {{strict}};

-- Keys that sign access tokens. The newest one signs; the others verify until they are retired.
CREATE TABLE signing_keys (
    id TEXT PRIMARY KEY,                    -- the JOSE `kid`
    algorithm TEXT NOT NULL,
    public_key TEXT NOT NULL,               -- base64url, raw
    private_key_sealed TEXT NOT NULL,
    created_at {{timestamp}} NOT NULL,
    retired_at {{timestamp}}
) {{strict}};

CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at {{timestamp}} NOT NULL
) {{strict}};
