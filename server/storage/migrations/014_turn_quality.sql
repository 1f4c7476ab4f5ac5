-- How good the sound of a turn was: a TurnQuality in JSON (docs/OPERATIONS.md); empty where nothing was spoken.
ALTER TABLE conversation_turns ADD COLUMN quality TEXT NOT NULL DEFAULT '';
