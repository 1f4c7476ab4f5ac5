'use client';

import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { Panel, PanelBody, PanelHeader } from '@/components/ui/panel';
import { useRecentConversations } from '@/features/conversations/queries';
import { formatDateTime, formatMs } from '@/lib/format';

const tick = { fontSize: 11, fill: 'var(--muted)' };

/** Median and 95th percentile of each recent conversation, oldest at the left. */
export function LatencyTrend() {
  const { data } = useRecentConversations();
  const rows = (data ?? [])
    .filter((one) => one.response_latency_p50_ms !== undefined)
    .slice(0, 40)
    .reverse()
    .map((one, index) => ({
      index,
      label: `${one.agent_name}, ${formatDateTime(one.started_at)}`,
      p50: one.response_latency_p50_ms,
      p95: one.response_latency_p95_ms,
    }));
  if (rows.length < 2) return null;
  return (
    <Panel aria-label="Wait for an answer over recent conversations">
      <PanelHeader
        title="Wait for an answer"
        description={`The last ${rows.length} spoken conversations`}
        action={
          <ul className="flex gap-4 text-xs text-muted">
            <li className="flex items-center gap-1.5">
              <span className="h-0.5 w-4 rounded-full bg-accent" aria-hidden /> median
            </li>
            <li className="flex items-center gap-1.5">
              <span className="h-0.5 w-4 rounded-full bg-stage-endpointing" aria-hidden /> 95th percentile
            </li>
          </ul>
        }
      />
      <PanelBody className="h-56 pr-3 pl-1">
        <ResponsiveContainer width="100%" height="100%">
          <LineChart data={rows} margin={{ top: 8, right: 8, bottom: 0, left: 0 }} accessibilityLayer>
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <XAxis
              dataKey="index"
              tick={false}
              axisLine={{ stroke: 'var(--line)' }}
              tickLine={false}
              height={8}
            />
            <YAxis
              width={56}
              tick={tick}
              tickLine={false}
              axisLine={false}
              tickFormatter={(value: number) => formatMs(value)}
            />
            <Tooltip
              cursor={{ stroke: 'var(--line-strong)' }}
              content={({ active, payload }) => {
                const row = payload?.[0]?.payload as (typeof rows)[number] | undefined;
                if (!active || !row) return null;
                return (
                  <div className="rounded-md border border-line bg-raised px-3 py-2 text-xs tabular shadow-raised">
                    <p className="font-medium">{row.label}</p>
                    <p className="text-muted">
                      median {row.p50 === undefined ? '–' : formatMs(row.p50)}, 95th{' '}
                      {row.p95 === undefined ? '–' : formatMs(row.p95)}
                    </p>
                  </div>
                );
              }}
            />
            <Line
              dataKey="p95"
              stroke="var(--stage-endpointing)"
              strokeWidth={1.5}
              dot={false}
              isAnimationActive={false}
            />
            <Line
              dataKey="p50"
              stroke="var(--accent)"
              strokeWidth={2}
              dot={false}
              isAnimationActive={false}
            />
          </LineChart>
        </ResponsiveContainer>
      </PanelBody>
    </Panel>
  );
}
