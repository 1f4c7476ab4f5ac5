import { WIRE_RATE, type CaptureMessage } from './messages';
import { floatToPcm16, level } from './pcm';
import { StreamingResampler } from './resampler';

const FRAME = (WIRE_RATE * 40) / 1000;

/** Microphone in; frames of 40 ms at 24 kHz out to the page. */
class CaptureProcessor extends AudioWorkletProcessor {
  private readonly resampler = new StreamingResampler(sampleRate, WIRE_RATE);
  private readonly frame = new Float32Array(FRAME);
  private filled = 0;

  process(inputs: Float32Array[][]): boolean {
    const channel = inputs[0]?.[0];
    if (channel) this.take(this.resampler.process(channel));
    return true;
  }

  private take(samples: Float32Array): void {
    let rest = samples;
    while (rest.length > 0) {
      const part = rest.subarray(0, FRAME - this.filled);
      this.frame.set(part, this.filled);
      this.filled += part.length;
      rest = rest.subarray(part.length);
      if (this.filled === FRAME) this.send();
    }
  }

  private send(): void {
    this.filled = 0;
    const message: CaptureMessage = { pcm: floatToPcm16(this.frame), level: level(this.frame) };
    this.port.postMessage(message, [message.pcm.buffer]);
  }
}

registerProcessor('aimpact-capture', CaptureProcessor);
