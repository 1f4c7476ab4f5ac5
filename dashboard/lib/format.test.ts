import { describe, expect, it } from 'vitest';
import { formatDuration, formatMs, percentile } from './format';

describe('format', () => {
  it('writes latencies', () => {
    expect(formatMs(0)).toBe('0 ms');
    expect(formatMs(640.4)).toBe('640 ms');
    expect(formatMs(1236)).toBe('1.24 s');
  });

  it('writes durations', () => {
    expect(formatDuration(48_300)).toBe('48 s');
    expect(formatDuration(185_000)).toBe('3 min 05 s');
    expect(formatDuration(4_320_000)).toBe('1 h 12 min');
  });

  it('takes percentiles by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, n) => 100 - n);
    expect(percentile(values, 0.5)).toBe(50);
    expect(percentile(values, 0.95)).toBe(95);
    expect(percentile([7], 0.95)).toBe(7);
    expect(percentile([], 0.5)).toBeUndefined();
  });
});
