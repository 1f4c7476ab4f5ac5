import { describe, expect, it } from 'vitest';
import { PlaybackBuffer } from './playback-buffer';

function ramp(length: number, from = 0): Float32Array {
  return Float32Array.from({ length }, (_, n) => from + n);
}

function read(buffer: PlaybackBuffer, length: number): number[] {
  const output = new Float32Array(length);
  buffer.read(output);
  return [...output];
}

describe('PlaybackBuffer', () => {
  it('gives back what was pushed, in order, across the wrap and across growth', () => {
    const buffer = new PlaybackBuffer(8, 64);
    buffer.push('a', ramp(6, 1));
    expect(read(buffer, 4)).toEqual([1, 2, 3, 4]);
    buffer.push('a', ramp(5, 7)); // wraps
    buffer.push('a', ramp(10, 12)); // grows
    expect(read(buffer, 17)).toEqual(Array.from({ length: 17 }, (_, n) => n + 5));
    expect(buffer.queued).toBe(0);
  });

  it('pads with silence and says how much was real', () => {
    const buffer = new PlaybackBuffer();
    buffer.push('a', ramp(2, 1));
    const output = new Float32Array(4).fill(9);
    expect(buffer.read(output)).toBe(2);
    expect([...output]).toEqual([1, 2, 0, 0]);
  });

  it('counts what was heard of each item', () => {
    const buffer = new PlaybackBuffer();
    expect(buffer.played).toBeNull();
    buffer.push('a', ramp(10));
    buffer.push('b', ramp(10));
    expect(buffer.played).toEqual({ itemId: 'a', samples: 0 });
    read(buffer, 4);
    expect(buffer.played).toEqual({ itemId: 'a', samples: 4 });
    read(buffer, 6);
    expect(buffer.played).toEqual({ itemId: 'a', samples: 10 });
    read(buffer, 3);
    expect(buffer.played).toEqual({ itemId: 'b', samples: 3 });
    read(buffer, 50);
    expect(buffer.played).toEqual({ itemId: 'b', samples: 10 });
  });

  it('flushes at once: a short fade to silence, and the position that was reached', () => {
    const buffer = new PlaybackBuffer();
    buffer.push('a', new Float32Array(24_000).fill(0.5));
    read(buffer, 1000);
    expect(buffer.flush()).toEqual({ itemId: 'a', samples: 1000 });
    expect(buffer.queued).toBe(0);
    const tail = read(buffer, 480);
    expect(tail[0]).toBeCloseTo(0.5);
    for (let n = 1; n < 240; n += 1) expect(tail[n]!).toBeLessThan(tail[n - 1]!);
    expect(tail.slice(240)).toEqual(new Array(240).fill(0));
    expect(buffer.played).toBeNull();
  });

  it('plays the next item from its beginning after a flush', () => {
    const buffer = new PlaybackBuffer(16, 1024);
    buffer.push('a', ramp(10, 100));
    buffer.flush();
    read(buffer, 32);
    buffer.push('b', ramp(3, 1));
    expect(read(buffer, 3)).toEqual([1, 2, 3]);
    expect(buffer.played).toEqual({ itemId: 'b', samples: 3 });
  });

  it('refuses a push past its limit and keeps what it has', () => {
    const buffer = new PlaybackBuffer(4, 16);
    expect(buffer.push('a', ramp(16))).toBe(true);
    expect(buffer.push('a', ramp(1))).toBe(false);
    expect(buffer.queued).toBe(16);
    expect(read(buffer, 16)).toEqual([...ramp(16)]);
  });
});
