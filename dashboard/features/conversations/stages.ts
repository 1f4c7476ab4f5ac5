import type { Schemas } from '@/lib/api/client';

type StageKey = keyof Schemas['TurnStages'];

interface Stage {
  key: StageKey;
  label: string;
  description: string;
  /** Tailwind class of the fill, and the CSS variable for charts. */
  fill: string;
  color: string;
}

/** The stages of a turn in the order they happen, with the one colour that each has everywhere. */
export const stages: readonly Stage[] = [
  {
    key: 'endpointing_ms',
    label: 'Endpointing',
    description: 'Until the turn was held to be over',
    fill: 'bg-stage-endpointing',
    color: 'var(--stage-endpointing)',
  },
  {
    key: 'stt_ms',
    label: 'Speech to text',
    description: 'Until the final transcript',
    fill: 'bg-stage-stt',
    color: 'var(--stage-stt)',
  },
  {
    key: 'llm_ms',
    label: 'Language model',
    description: 'Until the first clause',
    fill: 'bg-stage-llm',
    color: 'var(--stage-llm)',
  },
  {
    key: 'tts_ms',
    label: 'Text to speech',
    description: 'Until the first audio',
    fill: 'bg-stage-tts',
    color: 'var(--stage-tts)',
  },
  {
    key: 'transport_ms',
    label: 'Transport',
    description: 'Until it was sent',
    fill: 'bg-stage-transport',
    color: 'var(--stage-transport)',
  },
];

export interface StageShare extends Stage {
  ms: number;
}

export function stageShares(turn: Schemas['TurnStages']): StageShare[] {
  return stages.flatMap((stage) => {
    const ms = turn[stage.key];
    return ms !== undefined && ms > 0 ? [{ ...stage, ms }] : [];
  });
}
