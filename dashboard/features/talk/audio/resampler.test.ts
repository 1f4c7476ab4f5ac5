import { describe, expect, it } from 'vitest';
import { StreamingResampler } from './resampler';

function sine(hertz: number, rate: number, seconds: number): Float32Array {
  return Float32Array.from({ length: rate * seconds }, (_, n) => Math.sin((2 * Math.PI * hertz * n) / rate));
}

function run(resampler: StreamingResampler, input: Float32Array, block: number): Float32Array {
  const parts: number[] = [];
  for (let at = 0; at < input.length; at += block) {
    parts.push(...resampler.process(input.subarray(at, at + block)));
  }
  parts.push(...resampler.flush());
  return Float32Array.from(parts);
}

/** Signal-to-noise ratio in dB of `output` against the ideal sine, away from both ends. */
function snr(output: Float32Array, hertz: number, rate: number): number {
  let signal = 0;
  let noise = 0;
  for (let n = 400; n < output.length - 400; n += 1) {
    const ideal = Math.sin((2 * Math.PI * hertz * n) / rate);
    signal += ideal ** 2;
    noise += (output[n]! - ideal) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

function rms(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample ** 2;
  return Math.sqrt(sum / samples.length);
}

describe('StreamingResampler', () => {
  it.each([
    [48_000, 24_000],
    [44_100, 24_000],
    [16_000, 24_000],
    [24_000, 48_000],
    [24_000, 44_100],
  ])('keeps a 1 kHz tone from %i to %i Hz', (from, to) => {
    const output = run(new StreamingResampler(from, to), sine(1000, from, 0.5), 128);
    expect(Math.abs(output.length - to * 0.5)).toBeLessThanOrEqual(2);
    expect(snr(output, 1000, to)).toBeGreaterThan(70);
  });

  it('gives the same samples whatever the size of the blocks', () => {
    const input = sine(440, 44_100, 0.3);
    const whole = run(new StreamingResampler(44_100, 24_000), input, input.length);
    const inBlocks = run(new StreamingResampler(44_100, 24_000), input, 37);
    expect(inBlocks.length).toBe(whole.length);
    for (let n = 0; n < whole.length; n += 1) expect(inBlocks[n]).toBeCloseTo(whole[n]!, 5);
  });

  it('removes what the lower rate cannot hold, instead of folding it back', () => {
    const output = run(new StreamingResampler(48_000, 24_000), sine(15_000, 48_000, 0.5), 128);
    expect(20 * Math.log10(rms(output.subarray(400, -400)))).toBeLessThan(-60);
  });

  it('passes equal rates through unchanged', () => {
    const input = sine(1000, 24_000, 0.1);
    expect(run(new StreamingResampler(24_000, 24_000), input, 100)).toEqual(input);
  });

  it('is ready for the next item after flush', () => {
    const resampler = new StreamingResampler(24_000, 48_000);
    const first = run(resampler, sine(500, 24_000, 0.1), 480);
    expect(run(resampler, sine(500, 24_000, 0.1), 480)).toEqual(first);
  });

  it('refuses rates that are no rates', () => {
    expect(() => new StreamingResampler(0, 24_000)).toThrow(RangeError);
    expect(() => new StreamingResampler(48_000, Number.NaN)).toThrow(RangeError);
  });
});
