import { describe, expect, it } from 'vitest';
import { decodeBase64, encodeBase64, floatToPcm16, level, pcm16ToFloat } from './pcm';

describe('pcm', () => {
  it('clips to the range of 16 bits', () => {
    expect([...floatToPcm16(Float32Array.of(0, 1, -1, 2, -2))]).toEqual([0, 32767, -32768, 32767, -32768]);
  });

  it('comes back from the wire as it went', () => {
    const pcm = Int16Array.from({ length: 70_000 }, (_, n) => ((n * 7919) % 65_536) - 32_768);
    expect(decodeBase64(encodeBase64(pcm))).toEqual(pcm);
  });

  it('encodes only the part of the buffer that the view shows', () => {
    const view = Int16Array.of(1, 2, 3, 4).subarray(1, 3);
    expect([...decodeBase64(encodeBase64(view))]).toEqual([2, 3]);
  });

  it('drops a trailing odd byte', () => {
    expect(decodeBase64(btoa('\x01\x00\x02')).length).toBe(1);
  });

  it('maps full scale to 1 and silence to 0', () => {
    expect(level(new Float32Array(100))).toBe(0);
    expect(level(new Float32Array(100).fill(1))).toBeCloseTo(1);
    expect(level(new Float32Array(100).fill(0.001))).toBeCloseTo(0, 1);
    expect(level(new Float32Array(0))).toBe(0);
    expect(pcm16ToFloat(Int16Array.of(-32768))[0]).toBe(-1);
  });
});
