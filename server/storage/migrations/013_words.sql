-- The words of an organisation: how they are said, and which of them its callers are likely to say.
CREATE TABLE words (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    word TEXT NOT NULL,                     -- as it is written
    word_key TEXT NOT NULL,                 -- in lower case: each word is there once
    pronunciation TEXT NOT NULL,            -- a respelling, or phones between slashes; may be empty
    sounds_like TEXT NOT NULL,              -- JSON: a list of other spellings
    recognise INTEGER NOT NULL,
    created_at {{timestamp}} NOT NULL,
    updated_at {{timestamp}} NOT NULL
) {{strict}};
CREATE UNIQUE INDEX words_key ON words (org_id, word_key);

-- Counts the changes of an organisation's words, so that what was compiled of them is known to be stale.
CREATE TABLE word_revisions (
    org_id TEXT PRIMARY KEY REFERENCES organisations (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL
) {{strict}};
