-- Conversations: what was said (items) and how long each stage took (turns).
CREATE TABLE conversations (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    agent_id TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    agent_version INTEGER NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('realtime', 'chat', 'command_line')),
    user_id TEXT NOT NULL,                  -- may be empty
    variables TEXT NOT NULL,                -- JSON: the values that differ from the agent's defaults
    started_at {{timestamp}} NOT NULL,
    active_at {{timestamp}} NOT NULL,       -- the last write
    ended_at {{timestamp}},
    turns INTEGER NOT NULL DEFAULT 0,
    input_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    latency_p50_ms {{real}},                -- over spoken turns
    latency_p95_ms {{real}},
    preview TEXT NOT NULL DEFAULT '',       -- the caller's first words
    has_audio INTEGER NOT NULL DEFAULT 0
) {{strict}};
CREATE INDEX conversations_recent ON conversations (org_id, id);
CREATE INDEX conversations_agent ON conversations (org_id, agent_id, id);
CREATE INDEX conversations_of_agent ON conversations (agent_id);

CREATE TABLE conversation_items (
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    id TEXT NOT NULL,                       -- may be the client's own
    org_id TEXT NOT NULL,
    position INTEGER NOT NULL,              -- order; moved when an item is put between others
    type TEXT NOT NULL,
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    text TEXT NOT NULL,
    spoken INTEGER NOT NULL,
    name TEXT NOT NULL,
    call_id TEXT NOT NULL,
    arguments TEXT NOT NULL,
    created_at {{timestamp}} NOT NULL,
    PRIMARY KEY (conversation_id, id)
) {{strict}};
CREATE INDEX conversation_items_order ON conversation_items (conversation_id, position);

-- Times as in the timeline: milliseconds since the end of the caller's speech; NULL: did not happen.
CREATE TABLE conversation_turns (
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    turn_index INTEGER NOT NULL,
    org_id TEXT NOT NULL,
    user_item_id TEXT NOT NULL,
    assistant_item_id TEXT NOT NULL,
    started_at {{timestamp}} NOT NULL,
    speech_ms {{real}},
    decided_ms {{real}},
    transcript_ms {{real}},
    first_token_ms {{real}},
    first_clause_ms {{real}},
    first_audio_ms {{real}},
    audio_done_ms {{real}},
    reply_audio_ms {{real}},
    heard_ms {{real}},
    interrupted INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (conversation_id, turn_index)
) {{strict}};
