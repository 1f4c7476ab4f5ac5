import { encodeBase64 } from '../audio/pcm';
import { parseEvent, type ClientEvent, type ServerEvent } from './events';

/** Audio is dropped, not queued without end, when the network does not take it. */
const BUFFERED_MAX = 512 * 1024;
const OPEN_TIMEOUT_MS = 15_000;

export interface ConnectionHandlers {
  onEvent: (event: ServerEvent) => void;
  /** Once, however the connection ends; `clean` when `close` was called. */
  onClose: (reason: { clean: boolean; opened: boolean; code: number; reason: string }) => void;
  /** The network is too slow for the audio: frames were dropped. */
  onStall: () => void;
}

export function realtimeUrl(
  agentId: string,
  conversationId: string | null,
  origin = location.origin,
): string {
  const url = new URL('/v1/realtime', origin.replace(/^http/, 'ws'));
  url.searchParams.set('model', agentId);
  if (conversationId) url.searchParams.set('conversation_id', conversationId);
  return url.toString();
}

/** One WebSocket of the realtime API. It ends once; to reconnect, make another. */
export class RealtimeConnection {
  private readonly socket: WebSocket;
  private opened = false;
  private closedByUs = false;
  private finished = false;
  private stalled = false;

  constructor(
    url: string,
    secret: string,
    private readonly handlers: ConnectionHandlers,
  ) {
    // A browser cannot set headers on a WebSocket, so the short-lived secret travels as a subprotocol.
    this.socket = new WebSocket(url, ['realtime', `openai-insecure-api-key.${secret}`]);
    const timer = setTimeout(() => this.finish(0, 'The server did not answer in time.'), OPEN_TIMEOUT_MS);
    this.socket.onopen = () => {
      clearTimeout(timer);
      this.opened = true;
    };
    this.socket.onmessage = ({ data }) => {
      const event = parseEvent(data);
      if (event && !this.finished) this.handlers.onEvent(event);
    };
    this.socket.onclose = ({ code, reason }) => {
      clearTimeout(timer);
      this.finish(code, reason);
    };
  }

  send(event: ClientEvent): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(event));
  }

  sendAudio(pcm: Int16Array): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    if (this.socket.bufferedAmount > BUFFERED_MAX) {
      if (!this.stalled) this.handlers.onStall();
      this.stalled = true;
      return;
    }
    this.stalled = false;
    this.send({ type: 'input_audio_buffer.append', audio: encodeBase64(pcm) });
  }

  close(): void {
    this.closedByUs = true;
    this.finish(1000, '');
  }

  private finish(code: number, reason: string): void {
    if (this.finished) return;
    this.finished = true;
    this.socket.close(1000);
    this.handlers.onClose({ clean: this.closedByUs, opened: this.opened, code, reason });
  }
}
