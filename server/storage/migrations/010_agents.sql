-- Agents. A deleted one stays as a row (without its key), since its conversations name it.
CREATE TABLE agents (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,               -- the current one
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    model_key_sealed TEXT NOT NULL,         -- the provider's key; empty for none
    created_at {{timestamp}} NOT NULL,
    updated_at {{timestamp}} NOT NULL,
    deleted_at {{timestamp}}
) {{strict}};
CREATE UNIQUE INDEX agents_name ON agents (org_id, name) WHERE deleted_at IS NULL;
CREATE INDEX agents_recent ON agents (org_id, updated_at, id);

-- Every version as it was saved, in JSON; never changed.
CREATE TABLE agent_versions (
    agent_id TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    org_id TEXT NOT NULL,
    definition TEXT NOT NULL,
    created_by TEXT NOT NULL,               -- a user, or empty for an API key
    created_at {{timestamp}} NOT NULL,
    PRIMARY KEY (agent_id, version)
) {{strict}};
