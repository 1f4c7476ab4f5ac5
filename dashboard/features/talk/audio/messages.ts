/** The wire rate of the realtime API. */
export const WIRE_RATE = 24_000;

/** From the capture worklet: 40 ms of PCM at the wire rate, and its level. */
export interface CaptureMessage {
  pcm: Int16Array;
  level: number;
}

export type PlaybackCommand =
  | { type: 'push'; itemId: string; pcm: Int16Array }
  | { type: 'end'; itemId: string }
  | { type: 'flush'; token: number };

export type PlaybackReport =
  | { type: 'position'; itemId: string | null; playedMs: number; queuedMs: number; level: number }
  | { type: 'flushed'; token: number; itemId: string | null; playedMs: number }
  | { type: 'overflow' };
