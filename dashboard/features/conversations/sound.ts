import type { Schemas } from '@/lib/api/client';
import { formatMs } from '@/lib/format';

type Quality = Schemas['TurnQuality'];
type Side = Schemas['SpeechQuality'];

export interface Fact {
  label: string;
  value: string;
  explanation: string;
}

export interface SideFacts {
  key: 'caller' | 'reply';
  label: string;
  /** One line: level, pace, score. */
  summary: string;
  facts: Fact[];
}

export interface TurnSound {
  sides: SideFacts[];
  together: Fact[];
  /** What somebody should look at, in a word or two each. */
  warnings: string[];
}

/** The limits are those of docs/OPERATIONS.md. */
const limits = { quiet: -45, clippedShare: 0.001, dcOffset: 0.01, gapMs: 200, overlapMs: 1000, score: 2 };

const decibel = (value: number) => (value <= -120 ? 'silent' : `${value.toFixed(1)} dBFS`);

function percent(share: number): string {
  if (share === 0) return 'none';
  return share < 0.0001 ? '< 0.01 %' : `${(100 * share).toFixed(share < 0.01 ? 2 : 1)} %`;
}

function sideFacts(key: SideFacts['key'], side: Side): SideFacts {
  const score = side.dnsmos;
  const facts: Fact[] = [
    {
      label: 'Speech level',
      value: decibel(side.active_level_dbfs),
      explanation: 'While there is speech, without the pauses; usual is -35 to -15',
    },
    {
      label: 'Peak',
      value: decibel(side.peak_dbfs),
      explanation: 'The loudest sample; 0 is as loud as it can be',
    },
    {
      label: 'Clipped',
      value: percent(side.clipped_share),
      explanation: 'Share of samples at full scale: a gain that is too high',
    },
    {
      label: 'DC offset',
      value: percent(Math.abs(side.dc_offset)),
      explanation: 'A constant in the sound: a faulty microphone or driver',
    },
    {
      label: 'Gaps',
      value: side.gaps === 0 ? 'none' : `${side.gaps}, longest ${formatMs(side.longest_gap_ms)}`,
      explanation:
        key === 'caller'
          ? "The caller's audio came late: network or client"
          : 'The answer was not made in time',
    },
  ];
  if (side.words_per_minute !== undefined)
    facts.push({
      label: 'Pace',
      value: `${Math.round(side.words_per_minute)} words/min`,
      explanation: 'Usual is 120 to 200',
    });
  if (score)
    facts.push({
      label: 'DNSMOS',
      value: `${score.overall.toFixed(2)} (speech ${score.signal.toFixed(2)}, background ${score.background.toFixed(2)})`,
      explanation: 'How good it sounds, 1 to 5, of a sample of turns',
    });
  const parts = [decibel(side.active_level_dbfs)];
  if (side.words_per_minute !== undefined) parts.push(`${Math.round(side.words_per_minute)} wpm`);
  if (score) parts.push(`DNSMOS ${score.overall.toFixed(1)}`);
  return { key, label: key === 'caller' ? 'Caller' : 'Reply', summary: parts.join(' · '), facts };
}

function sideWarnings(key: SideFacts['key'], side: Side): string[] {
  const who = key === 'caller' ? 'Caller' : 'Reply';
  const found: string[] = [];
  if (side.clipped_share > limits.clippedShare) found.push(`${who} clipped`);
  if (side.active_level_dbfs < limits.quiet) found.push(`${who} very quiet`);
  if (Math.abs(side.dc_offset) > limits.dcOffset) found.push(`${who} DC offset`);
  if (side.gaps > 0 && side.longest_gap_ms >= limits.gapMs) found.push(`${who} gaps`);
  if (side.dnsmos && side.dnsmos.overall < limits.score) found.push(`${who} sounds bad`);
  return found;
}

/** What a turn's quality says, for people; undefined where nothing was spoken. */
export function turnSound(quality: Quality | undefined): TurnSound | undefined {
  if (!quality) return undefined;
  const sides: SideFacts[] = [];
  const warnings: string[] = [];
  for (const key of ['caller', 'reply'] as const) {
    const side = quality[key];
    if (!side) continue;
    sides.push(sideFacts(key, side));
    warnings.push(...sideWarnings(key, side));
  }
  const together: Fact[] = [];
  if (quality.overlap_ms !== undefined) {
    together.push({
      label: 'Overlap',
      value: formatMs(quality.overlap_ms),
      explanation: 'Both spoke at once',
    });
    if (quality.overlap_ms > limits.overlapMs) warnings.push('Long overlap');
  }
  if (quality.dead_air_ms !== undefined)
    together.push({
      label: 'Dead air',
      value: formatMs(quality.dead_air_ms),
      explanation: 'Nobody spoke although the answer was due',
    });
  if (quality.longest_silence_ms !== undefined)
    together.push({
      label: 'Longest silence',
      value: formatMs(quality.longest_silence_ms),
      explanation: 'The longest stretch of it',
    });
  return sides.length + together.length > 0 ? { sides, together, warnings } : undefined;
}

const sources = { backchannel: 'a sign of listening', noise: 'a noise', echo: 'its own echo' };

/** "At 1.20 s: “Right.”, paused for 700 ms". */
export function describeSound(sound: Schemas['SoundOverAnswer']): string {
  const what = sound.transcript ? `“${sound.transcript}”` : sources[sound.kind];
  const pause = sound.paused_ms === undefined ? '' : `, paused for ${formatMs(sound.paused_ms)}`;
  return `At ${formatMs(sound.at_ms)}: ${what}${pause}`;
}
