-- What was sent could be heard, and which conversations a killed process left open.
ALTER TABLE conversation_turns ADD COLUMN reply_level_dbfs {{real}};  -- NULL: nothing was spoken
CREATE INDEX conversations_open ON conversations (active_at) WHERE ended_at IS NULL;
