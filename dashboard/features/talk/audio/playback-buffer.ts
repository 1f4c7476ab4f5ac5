/** What has been heard of an item: samples that left the buffer. */
export interface PlayedPosition {
  itemId: string;
  samples: number;
}

interface Mark {
  itemId: string;
  /** Absolute index, counted since the buffer was made, of this item's first sample here. */
  start: number;
}

const FADE_SAMPLES = 240;

/**
 * A growing ring of samples with marks where one conversation item ends and the next begins. `flush` empties it
 * at once (barge-in) but for a few milliseconds of fade, so that the cut does not click, and tells how much of the
 * item was heard. One thread uses it: the audio thread.
 */
export class PlaybackBuffer {
  private ring: Float32Array;
  private readIndex = 0;
  private writeIndex = 0;
  private marks: Mark[] = [];
  private fade: Float32Array = new Float32Array(0);

  constructor(
    initialSamples = 1 << 16,
    readonly maxSamples = 1 << 24,
  ) {
    this.ring = new Float32Array(initialSamples);
  }

  get queued(): number {
    return this.writeIndex - this.readIndex;
  }

  /** The item being played (or the last one played) and how far. */
  get played(): PlayedPosition | null {
    const mark = this.marks[0];
    if (!mark) return null;
    const next = this.marks[1];
    const end = next ? Math.min(this.readIndex, next.start) : this.readIndex;
    return { itemId: mark.itemId, samples: Math.max(0, end - mark.start) };
  }

  /** False when the buffer is at its limit: nothing was taken. */
  push(itemId: string, samples: Float32Array): boolean {
    const needed = this.queued + samples.length;
    if (needed > this.maxSamples) return false;
    if (needed > this.ring.length) this.grow(needed);
    const lastMark = this.marks.at(-1);
    if (lastMark?.itemId !== itemId) this.marks.push({ itemId, start: this.writeIndex });
    this.copyIn(samples);
    return true;
  }

  /** Fills `output`, with silence where there is nothing; returns the number of samples that were there. */
  read(output: Float32Array): number {
    output.fill(0);
    const count = Math.min(output.length, this.queued);
    const offset = this.readIndex % this.ring.length;
    const first = Math.min(count, this.ring.length - offset);
    output.set(this.ring.subarray(offset, offset + first));
    if (count > first) output.set(this.ring.subarray(0, count - first), first);
    this.readIndex += count;
    // An item stays the one being played until something of the next has been heard.
    while (this.marks.length > 1 && this.marks[1]!.start < this.readIndex) this.marks.shift();
    this.addFade(output);
    return count;
  }

  /** Drops everything that has not been heard. */
  flush(): PlayedPosition | null {
    const position = this.played;
    const tail = new Float32Array(Math.min(FADE_SAMPLES, this.queued));
    for (let i = 0; i < tail.length; i += 1) {
      tail[i] = this.ring[(this.readIndex + i) % this.ring.length]! * (1 - i / tail.length);
    }
    this.fade = tail;
    this.readIndex = this.writeIndex;
    this.marks = [];
    return position;
  }

  private addFade(output: Float32Array): void {
    if (this.fade.length === 0) return;
    const count = Math.min(output.length, this.fade.length);
    for (let i = 0; i < count; i += 1) output[i]! += this.fade[i]!;
    this.fade = this.fade.slice(count);
  }

  private copyIn(samples: Float32Array): void {
    const offset = this.writeIndex % this.ring.length;
    const first = Math.min(samples.length, this.ring.length - offset);
    this.ring.set(samples.subarray(0, first), offset);
    if (samples.length > first) this.ring.set(samples.subarray(first), 0);
    this.writeIndex += samples.length;
  }

  private grow(needed: number): void {
    let size = this.ring.length;
    while (size < needed) size *= 2;
    const bigger = new Float32Array(Math.min(size, this.maxSamples));
    for (let i = this.readIndex; i < this.writeIndex; i += 1) {
      bigger[i % bigger.length] = this.ring[i % this.ring.length]!;
    }
    this.ring = bigger;
  }
}
