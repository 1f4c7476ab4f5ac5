import { Badge } from '@/components/ui/badge';
import { Tooltip } from '@/components/ui/tooltip';
import type { Turn } from './queries';
import { turnSound, type Fact } from './sound';

/** How a turn sounded: one line a side, its figures with their meaning behind it, and what is wrong. */
export function TurnSound({ turn }: { turn: Turn }) {
  const sound = turnSound(turn.quality);
  if (!sound) return null;
  return (
    <div className="flex flex-col gap-0.5 text-xs text-faint tabular">
      {sound.sides.map((side) => (
        <Line key={side.key} label={side.label} summary={side.summary} facts={side.facts} />
      ))}
      {sound.together.length > 0 && (
        <Line
          label="Together"
          summary={sound.together
            .filter(({ label }) => label !== 'Longest silence')
            .map(({ label, value }) => `${label.toLowerCase()} ${value}`)
            .join(' · ')}
          facts={sound.together}
        />
      )}
      {sound.warnings.length > 0 && (
        <p className="mt-1 flex flex-wrap gap-1">
          {sound.warnings.map((warning) => (
            <Badge key={warning} tone="warning">
              {warning}
            </Badge>
          ))}
        </p>
      )}
    </div>
  );
}

function Line({ label, summary, facts }: { label: string; summary: string; facts: Fact[] }) {
  return (
    <Tooltip
      content={
        <dl className="flex flex-col gap-1.5 tabular">
          {facts.map((fact) => (
            <div key={fact.label}>
              <dt className="flex justify-between gap-4 font-medium">
                <span>{fact.label}</span>
                <span>{fact.value}</span>
              </dt>
              <dd className="opacity-75">{fact.explanation}</dd>
            </div>
          ))}
        </dl>
      }
    >
      <button
        type="button"
        aria-label={`${label}: ${facts.map((fact) => `${fact.label} ${fact.value}`).join(', ')}`}
        className="flex w-full min-w-0 items-center justify-between gap-2 rounded-sm text-left"
      >
        <span className="text-muted">{label}</span>
        <span className="truncate">{summary}</span>
      </button>
    </Tooltip>
  );
}
