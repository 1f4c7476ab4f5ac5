import { Tooltip } from '@/components/ui/tooltip';
import { cn } from '@/lib/cn';
import { formatMs } from '@/lib/format';
import type { Turn } from './queries';
import { stages, stageShares } from './stages';

/** Where the wait for an answer went: one bar, on the same scale for every turn of the conversation. */
export function TurnTimeline({ turn, scaleMs }: { turn: Turn; scaleMs: number }) {
  const shares = stageShares(turn.stages);
  const total = turn.response_latency_ms ?? shares.reduce((sum, share) => sum + share.ms, 0);
  if (total === 0) return null;
  const words = shares.map((share) => `${share.label} ${formatMs(share.ms)}`).join(', ');
  return (
    <Tooltip
      content={
        <dl className="grid grid-cols-[auto_auto] gap-x-4 gap-y-0.5 tabular">
          {shares.map((share) => (
            <div key={share.key} className="contents">
              <dt className="flex items-center gap-1.5">
                <span className={cn('size-2 rounded-[2px]', share.fill)} aria-hidden />
                {share.label}
              </dt>
              <dd className="text-right">{formatMs(share.ms)}</dd>
            </div>
          ))}
        </dl>
      }
    >
      <button
        type="button"
        aria-label={`Answered after ${formatMs(total)}. ${words}`}
        className="flex w-full min-w-0 items-center gap-2.5 rounded-sm py-1 text-left"
      >
        <span className="flex h-2 min-w-0 grow overflow-hidden rounded-full bg-sunken">
          {shares.map((share) => (
            <span
              key={share.key}
              className={cn('h-full', share.fill)}
              style={{ width: `${(100 * share.ms) / Math.max(scaleMs, total)}%` }}
            />
          ))}
        </span>
        <span className="w-14 shrink-0 text-right text-xs text-muted tabular">{formatMs(total)}</span>
      </button>
    </Tooltip>
  );
}

export function StageLegend({ className }: { className?: string }) {
  return (
    <ul className={cn('flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted', className)}>
      {stages.map((stage) => (
        <li key={stage.key} className="flex items-center gap-1.5" title={stage.description}>
          <span className={cn('size-2 rounded-[2px]', stage.fill)} aria-hidden />
          {stage.label}
        </li>
      ))}
    </ul>
  );
}
