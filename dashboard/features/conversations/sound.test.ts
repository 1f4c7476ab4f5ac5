import { describe, expect, it } from 'vitest';
import { describeSound, turnSound } from './sound';

const side = {
  level_dbfs: -25.1,
  active_level_dbfs: -23.4,
  peak_dbfs: -6,
  clipped_share: 0,
  clipped_runs: 0,
  dc_offset: 0.0002,
  gaps: 0,
  longest_gap_ms: 12,
  gaps_ms: 0,
  words_per_minute: 148,
};

describe('turnSound', () => {
  it('says nothing of a turn in writing', () => {
    expect(turnSound(undefined)).toBeUndefined();
    expect(turnSound({})).toBeUndefined();
  });

  it('sums up both sides without a warning when all is usual', () => {
    const sound = turnSound({
      caller: side,
      reply: { ...side, words_per_minute: undefined },
      dead_air_ms: 640,
    });
    expect(sound?.sides.map(({ summary }) => summary)).toEqual(['-23.4 dBFS · 148 wpm', '-23.4 dBFS']);
    expect(sound?.together).toMatchObject([{ label: 'Dead air', value: '640 ms' }]);
    expect(sound?.warnings).toEqual([]);
  });

  it('names what somebody should look at', () => {
    const bad = {
      ...side,
      clipped_share: 0.02,
      dc_offset: -0.03,
      gaps: 2,
      longest_gap_ms: 340,
      active_level_dbfs: -52,
    };
    const dnsmos = { overall: 1.6, signal: 2, background: 1.9, p808: 2.2 };
    const sound = turnSound({ caller: { ...bad, dnsmos }, overlap_ms: 1800 });
    expect(sound?.warnings).toEqual([
      'Caller clipped',
      'Caller very quiet',
      'Caller DC offset',
      'Caller gaps',
      'Caller sounds bad',
      'Long overlap',
    ]);
    expect(sound?.sides[0]?.summary).toBe('-52.0 dBFS · 148 wpm · DNSMOS 1.6');
    expect(sound?.sides[0]?.facts.find(({ label }) => label === 'Clipped')?.value).toBe('2.0 %');
    expect(sound?.sides[0]?.facts.find(({ label }) => label === 'Gaps')?.value).toBe('2, longest 340 ms');
  });
});

describe('describeSound', () => {
  it('tells the words, or what it was, and the pause', () => {
    expect(
      describeSound({
        kind: 'backchannel',
        resumed: true,
        at_ms: 1204,
        paused_ms: 700,
        transcript: 'Right.',
      }),
    ).toBe('At 1.20 s: “Right.”, paused for 700 ms');
    expect(describeSound({ kind: 'noise', resumed: false, at_ms: 300 })).toBe('At 300 ms: a noise');
  });
});
