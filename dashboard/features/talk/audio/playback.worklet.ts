import { WIRE_RATE, type PlaybackCommand, type PlaybackReport } from './messages';
import { level, pcm16ToFloat } from './pcm';
import { PlaybackBuffer, type PlayedPosition } from './playback-buffer';
import { StreamingResampler } from './resampler';

const REPORT_SECONDS = 0.05;

/** The agent's voice: PCM from the page in, sound out, and a report of what was heard twenty times a second. */
class PlaybackProcessor extends AudioWorkletProcessor {
  private readonly buffer = new PlaybackBuffer();
  private readonly resampler = new StreamingResampler(WIRE_RATE, sampleRate);
  private nextReport = 0;
  private peak = 0;
  private idle = true;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<PlaybackCommand>) => this.obey(data);
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0]?.[0];
    if (!output) return true;
    const count = this.buffer.read(output);
    this.peak = Math.max(this.peak, count > 0 ? level(output) : 0);
    // The last report of an item says that nothing is queued; after it the worklet stays quiet.
    if (currentTime >= this.nextReport && (count > 0 || !this.idle)) {
      this.report();
      this.idle = this.buffer.queued === 0;
      this.nextReport = currentTime + REPORT_SECONDS;
      this.peak = 0;
    }
    return true;
  }

  private obey(command: PlaybackCommand): void {
    if (command.type === 'push') this.push(command.itemId, this.resampler.process(pcm16ToFloat(command.pcm)));
    else if (command.type === 'end') this.push(command.itemId, this.resampler.flush());
    else this.flush(command.token);
  }

  private push(itemId: string, samples: Float32Array): void {
    if (samples.length === 0) return;
    this.idle = false;
    if (!this.buffer.push(itemId, samples)) this.post({ type: 'overflow' });
  }

  private flush(token: number): void {
    this.resampler.reset();
    const position = this.buffer.flush();
    this.idle = true;
    this.peak = 0;
    this.post({ type: 'flushed', token, itemId: position?.itemId ?? null, playedMs: toMs(position) });
    this.report();
  }

  private report(): void {
    const position = this.buffer.played;
    this.post({
      type: 'position',
      itemId: position?.itemId ?? null,
      playedMs: toMs(position),
      queuedMs: (this.buffer.queued / sampleRate) * 1000,
      level: this.peak,
    });
  }

  private post(report: PlaybackReport): void {
    this.port.postMessage(report);
  }
}

function toMs(position: PlayedPosition | null): number {
  return position ? (position.samples / sampleRate) * 1000 : 0;
}

registerProcessor('aimpact-playback', PlaybackProcessor);
