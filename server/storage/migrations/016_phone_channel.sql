-- Conversations by telephone. The check of a column can't be changed: the column is made anew.
ALTER TABLE conversations ADD COLUMN channel_of TEXT NOT NULL DEFAULT 'realtime'
    CHECK (channel_of IN ('realtime', 'phone', 'chat', 'command_line'));
UPDATE conversations SET channel_of = channel;
ALTER TABLE conversations DROP COLUMN channel;
ALTER TABLE conversations RENAME COLUMN channel_of TO channel;
