'use client';

import Link from 'next/link';
import { Skeleton } from '@/components/ui/skeleton';
import { useAgentOptions } from '@/features/agents/queries';
import { useRecentConversations, type Conversation } from '@/features/conversations/queries';
import { formatMs, formatNumber, percentile } from '@/lib/format';

const DAY_MS = 86_400_000;

function summarise(conversations: readonly Conversation[]) {
  const medians = conversations.flatMap((one) => one.response_latency_p50_ms ?? []);
  const tails = conversations.flatMap((one) => one.response_latency_p95_ms ?? []);
  return {
    today: conversations.filter((one) => Date.now() - new Date(one.started_at).getTime() < DAY_MS).length,
    live: conversations.filter((one) => one.status === 'active').length,
    p50: percentile(medians, 0.5),
    p95: percentile(tails, 0.95),
  };
}

/** Counts never claim more than was read: a full page of a hundred shows as "100+". */
function count(value: number, limit = 100): string {
  return value >= limit ? `${limit}+` : formatNumber(value);
}

export function Figures() {
  const agents = useAgentOptions();
  const recent = useRecentConversations();
  const summary = recent.data && summarise(recent.data);
  const figures = [
    { term: 'Agents', value: agents.data && count(agents.data.length), href: '/agents' },
    { term: 'Conversations, 24 h', value: summary && count(summary.today), href: '/conversations?days=1' },
    { term: 'Live now', value: summary && formatNumber(summary.live) },
    { term: 'Wait, median', value: summary && (summary.p50 === undefined ? '–' : formatMs(summary.p50)) },
    { term: 'Wait, 95th', value: summary && (summary.p95 === undefined ? '–' : formatMs(summary.p95)) },
  ];
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line sm:grid-cols-3 lg:grid-cols-5">
      {figures.map(({ term, value, href }) => (
        <div
          key={term}
          className="relative flex flex-col gap-1 bg-surface px-4 py-3.5 max-sm:last:col-span-2"
        >
          <dt className="eyebrow">
            {href ? (
              <Link href={href} className="after:absolute after:inset-0 hover:text-foreground">
                {term}
              </Link>
            ) : (
              term
            )}
          </dt>
          <dd className="text-xl font-semibold tracking-tight tabular">
            {value ?? <Skeleton className="my-1 h-5 w-12" />}
          </dd>
        </div>
      ))}
    </dl>
  );
}
