import { describe, expect, it } from 'vitest';
import { wavOf } from './wav';

describe('wavOf', () => {
  it('writes a header that says how long the sound is, and the samples', async () => {
    const blob = wavOf([new Int16Array([1, -2]), new Int16Array([300])], 24000);
    const view = new DataView(await blob.arrayBuffer());
    expect(blob.type).toBe('audio/wav');
    expect(view.byteLength).toBe(44 + 6);
    expect(view.getUint32(4, true)).toBe(36 + 6);
    expect(view.getUint32(24, true)).toBe(24000);
    expect(view.getUint32(40, true)).toBe(6);
    expect([0, 2, 4].map((at) => view.getInt16(44 + at, true))).toEqual([1, -2, 300]);
  });

  it('takes a part of a larger buffer as that part', async () => {
    const part = new Int16Array([1, 2, 3, 4]).subarray(1, 3);
    const view = new DataView(await wavOf([part], 24000).arrayBuffer());
    expect(view.byteLength).toBe(44 + 4);
    expect(view.getInt16(44, true)).toBe(2);
  });
});
