import type { PlaybackCommand, PlaybackReport } from './messages';

export interface PlayerState {
  itemId: string | null;
  playedMs: number;
  queuedMs: number;
  level: number;
}

const FLUSH_ANSWER_MS = 250;

/** The agent's voice: PCM in, sound out. The context belongs to whoever made it. */
export class Player {
  private readonly node: AudioWorkletNode;
  private flushes = 0;
  private readonly waiting = new Map<
    number,
    (position: { itemId: string | null; playedMs: number }) => void
  >();
  private queuedMs = 0;

  constructor(
    private readonly context: AudioContext,
    private readonly onState: (state: PlayerState) => void,
    private readonly onOverflow: () => void,
  ) {
    this.node = new AudioWorkletNode(context, 'aimpact-playback', {
      numberOfInputs: 0,
      numberOfOutputs: 1,
      outputChannelCount: [1],
    });
    this.node.port.onmessage = ({ data }: MessageEvent<PlaybackReport>) => this.take(data);
    this.node.connect(context.destination);
  }

  /** Whether something is still to be heard. */
  get playing(): boolean {
    return this.queuedMs > 0;
  }

  push(itemId: string, pcm: Int16Array): void {
    this.queuedMs = Math.max(this.queuedMs, 1); // until the worklet reports
    this.post({ type: 'push', itemId, pcm }, [pcm.buffer]);
  }

  /** No more audio of this item will come. */
  end(itemId: string): void {
    this.post({ type: 'end', itemId });
  }

  /** Silence at once. Resolves with what was heard of the item, the way to the loudspeaker taken into account. */
  flush(): Promise<{ itemId: string | null; playedMs: number }> {
    this.queuedMs = 0;
    const token = ++this.flushes;
    return new Promise((resolve) => {
      // A suspended context answers nothing: nothing was heard then.
      const timer = setTimeout(() => settle({ itemId: null, playedMs: 0 }), FLUSH_ANSWER_MS);
      const settle = (position: { itemId: string | null; playedMs: number }) => {
        clearTimeout(timer);
        this.waiting.delete(token);
        resolve(position);
      };
      this.waiting.set(token, settle);
      this.post({ type: 'flush', token });
    });
  }

  close(): void {
    this.node.port.onmessage = null;
    this.node.disconnect();
  }

  private take(report: PlaybackReport): void {
    if (report.type === 'overflow') {
      this.onOverflow();
    } else if (report.type === 'flushed') {
      const latencyMs = ((this.context.outputLatency || 0) + (this.context.baseLatency || 0)) * 1000;
      const playedMs = Math.max(0, Math.round(report.playedMs - latencyMs));
      this.waiting.get(report.token)?.({ itemId: report.itemId, playedMs });
    } else {
      this.queuedMs = report.queuedMs;
      this.onState(report);
    }
  }

  private post(command: PlaybackCommand, transfer: Transferable[] = []): void {
    this.node.port.postMessage(command, transfer);
  }
}
