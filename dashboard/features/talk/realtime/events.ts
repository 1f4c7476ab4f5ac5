import type { Schemas } from '@/lib/api/client';

/** The server events of api/realtime.md that this page acts on; others are ignored. */

export interface WireContent {
  type: string;
  text?: string;
  transcript?: string | null;
}

export interface WireItem {
  id: string;
  type: string;
  role?: 'user' | 'assistant' | 'system';
  status?: string;
  content?: WireContent[];
  name?: string;
  call_id?: string;
  arguments?: string;
  output?: string;
}

export interface WireError {
  type?: string;
  code?: string | null;
  message: string;
  param?: string | null;
  /** Of the client event that caused it. */
  event_id?: string | null;
}

interface WireResponse {
  id: string;
  status: 'in_progress' | 'completed' | 'cancelled' | 'failed' | 'incomplete';
  status_details?: { reason?: string; error?: { code?: string; type?: string; message?: string } } | null;
}

export type ServerEvent =
  | { type: 'session.created' | 'session.updated'; session: Record<string, unknown> }
  | { type: 'aimpact.conversation'; conversation_id: string; agent_id: string; agent_version: number }
  | { type: 'aimpact.input_audio_transcription.partial'; item_id: string; transcript: string }
  | { type: 'aimpact.turn'; turn: Schemas['Turn'] }
  | { type: 'input_audio_buffer.speech_started'; item_id: string; audio_start_ms: number }
  | { type: 'input_audio_buffer.speech_stopped'; item_id: string; audio_end_ms: number }
  | { type: 'conversation.item.added'; item: WireItem; previous_item_id?: string | null }
  | { type: 'conversation.item.done'; item: WireItem; previous_item_id?: string | null }
  | { type: 'conversation.item.retrieved'; item: WireItem }
  | { type: 'conversation.item.truncated'; item_id: string; audio_end_ms: number }
  | { type: 'conversation.item.deleted'; item_id: string }
  | { type: 'conversation.item.input_audio_transcription.delta'; item_id: string; delta: string }
  | { type: 'conversation.item.input_audio_transcription.completed'; item_id: string; transcript: string }
  | { type: 'conversation.item.input_audio_transcription.failed'; item_id: string; error: WireError }
  | { type: 'response.created'; response: WireResponse }
  | { type: 'response.output_item.added'; response_id: string; item: WireItem }
  | { type: 'response.output_item.done'; response_id: string; item: WireItem }
  | { type: 'response.output_audio.delta'; response_id: string; item_id: string; delta: string }
  | { type: 'response.output_audio.done'; response_id: string; item_id: string }
  | { type: 'response.output_audio_transcript.delta'; response_id: string; item_id: string; delta: string }
  | {
      type: 'response.output_audio_transcript.done';
      response_id: string;
      item_id: string;
      transcript: string;
    }
  | { type: 'response.output_text.delta'; response_id: string; item_id: string; delta: string }
  | { type: 'response.output_text.done'; response_id: string; item_id: string; text: string }
  | { type: 'response.done'; response: WireResponse }
  | { type: 'error'; error: WireError };

export type ClientEvent = { type: string } & Record<string, unknown>;

/** A frame from the socket as an event; null when it is none. What it holds is trusted: it is our own server's. */
export function parseEvent(frame: unknown): ServerEvent | null {
  if (typeof frame !== 'string') return null;
  try {
    const value: unknown = JSON.parse(frame);
    if (typeof value !== 'object' || value === null || !('type' in value)) return null;
    return typeof value.type === 'string' ? (value as ServerEvent) : null;
  } catch {
    return null;
  }
}
