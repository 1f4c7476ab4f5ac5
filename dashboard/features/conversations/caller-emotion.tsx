import { Badge } from '@/components/ui/badge';
import { Tooltip } from '@/components/ui/tooltip';
import type { Schemas } from '@/lib/api/client';

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;

/** How the caller sounded in a turn: the likeliest label, and behind it all of them, arousal and valence. */
export function CallerEmotion({ emotion }: { emotion: Schemas['CallerEmotion'] }) {
  const { turn, call } = emotion;
  const likely = Object.entries(turn.probabilities).sort(([, a], [, b]) => b - a);
  const words = `arousal ${signed(turn.arousal)}, valence ${signed(turn.valence)}`;
  return (
    <Tooltip
      content={
        <dl className="grid grid-cols-[auto_auto] gap-x-4 gap-y-0.5 tabular">
          {likely.slice(0, 4).map(([label, share]) => (
            <div key={label} className="contents">
              <dt>{label}</dt>
              <dd className="text-right">{Math.round(share * 100)} %</dd>
            </div>
          ))}
          <dt>over the call</dt>
          <dd className="text-right">{call.label}</dd>
        </dl>
      }
    >
      <button
        type="button"
        aria-label={`The caller sounded ${turn.label}: ${words}`}
        className="flex w-full items-center justify-between gap-2 rounded-sm text-left text-xs text-faint tabular"
      >
        <span className="flex items-center gap-1.5 text-muted">
          Sounded <Badge>{turn.label}</Badge>
        </span>
        <span>{words}</span>
      </button>
    </Tooltip>
  );
}
