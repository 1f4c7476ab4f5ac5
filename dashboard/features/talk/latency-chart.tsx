'use client';

import { memo } from 'react';
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { stages } from '@/features/conversations/stages';
import { formatMs, percentile } from '@/lib/format';
import type { TalkTurn } from './realtime/state';

const SHOWN = 16;

/** The wait before each answer, by stage where the server told them. */
export const LatencyChart = memo(function LatencyChart({ turns }: { turns: readonly TalkTurn[] }) {
  const values = turns.map((turn) => turn.responseMs);
  const last = values.at(-1);
  const median = percentile(values, 0.5);
  const from = Math.max(0, turns.length - SHOWN);
  const rows = turns.slice(from).map((turn, index) => ({
    turn: from + index + 1,
    whole: turn.stages ? 0 : turn.responseMs,
    ...turn.stages,
  }));
  return (
    <section aria-label="Response latency" className="flex flex-col gap-3">
      <div className="flex items-baseline justify-between">
        <h2 className="text-[0.8125rem]">Wait for the answer</h2>
        {median !== undefined && (
          <span className="text-xs text-muted tabular">median {formatMs(median)}</span>
        )}
      </div>
      {last === undefined ? (
        <p className="text-[0.8125rem] text-muted">Each answer’s wait appears here, split by stage.</p>
      ) : (
        <>
          <p className="text-2xl font-semibold tracking-tight tabular" data-testid="last-latency">
            {formatMs(last)}
          </p>
          <div className="h-32" aria-hidden>
            <ResponsiveContainer width="100%" height="100%">
              <BarChart
                data={rows}
                margin={{ top: 4, right: 0, bottom: 0, left: 0 }}
                barCategoryGap={3}
                accessibilityLayer={false}
              >
                <CartesianGrid vertical={false} stroke="var(--line)" />
                <XAxis
                  dataKey="turn"
                  tickLine={false}
                  axisLine={false}
                  tick={{ fontSize: 11, fill: 'var(--muted)' }}
                  height={18}
                />
                <YAxis
                  width={42}
                  tickLine={false}
                  axisLine={false}
                  tick={{ fontSize: 11, fill: 'var(--muted)' }}
                  tickFormatter={(value: number) => (value >= 1000 ? `${value / 1000} s` : `${value}`)}
                />
                <Bar
                  dataKey="whole"
                  stackId="wait"
                  fill="var(--accent)"
                  isAnimationActive={false}
                  maxBarSize={18}
                />
                {stages.map((stage) => (
                  <Bar
                    key={stage.key}
                    dataKey={stage.key}
                    stackId="wait"
                    fill={stage.color}
                    isAnimationActive={false}
                    maxBarSize={18}
                  />
                ))}
              </BarChart>
            </ResponsiveContainer>
          </div>
          <ol className="sr-only">
            {turns.map((turn, index) => (
              <li key={index}>
                Turn {index + 1}: {formatMs(turn.responseMs)}
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  );
});
