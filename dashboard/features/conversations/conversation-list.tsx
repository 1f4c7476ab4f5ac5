'use client';

import { MessagesSquare } from 'lucide-react';
import Link from 'next/link';
import { useRouter, useSearchParams } from 'next/navigation';
import { Button } from '@/components/ui/button';
import { LoadMore } from '@/components/ui/load-more';
import { Panel } from '@/components/ui/panel';
import { Select } from '@/components/ui/select';
import { SkeletonRows } from '@/components/ui/skeleton';
import { EmptyState, ErrorState } from '@/components/ui/states';
import { useAgentOptions } from '@/features/agents/queries';
import { channels, ConversationRow } from './conversation-row';
import { useConversations, type Channel } from './queries';

const ALL = 'all';

const periods = [
  { value: ALL, label: 'Any time' },
  { value: '1', label: 'Last 24 hours' },
  { value: '7', label: 'Last 7 days' },
  { value: '30', label: 'Last 30 days' },
];

const channelOptions = [
  { value: ALL, label: 'All channels' },
  ...Object.entries(channels).map(([value, { label }]) => ({ value, label })),
];

/** The filters live in the address, so that a filtered list can be linked to and survives the back button. */
function useFilters() {
  const router = useRouter();
  const params = useSearchParams();
  const set = (name: string, value: string) => {
    const next = new URLSearchParams(params);
    if (value === ALL) next.delete(name);
    else next.set(name, value);
    router.replace(`/conversations${next.size > 0 ? `?${next}` : ''}`, { scroll: false });
  };
  return {
    agent: params.get('agent') ?? ALL,
    channel: params.get('channel') ?? ALL,
    days: params.get('days') ?? ALL,
    filtered: params.size > 0,
    set,
    clear: () => router.replace('/conversations', { scroll: false }),
  };
}

export function ConversationList() {
  const filters = useFilters();
  const agents = useAgentOptions();
  const query = useConversations({
    agentId: filters.agent === ALL ? '' : filters.agent,
    channel: filters.channel in channels ? (filters.channel as Channel) : '',
    days: Number(filters.days) || 0,
  });
  const conversations = query.data?.pages.flatMap((page) => page.data) ?? [];
  const agentOptions = [
    { value: ALL, label: 'All agents' },
    ...(agents.data ?? []).map(({ id, name }) => ({ value: id, label: name })),
  ];

  return (
    <div className="flex flex-col gap-4">
      <div className="grid max-w-2xl grid-cols-2 gap-2 sm:grid-cols-3">
        <Select
          aria-label="Agent"
          value={filters.agent}
          onValueChange={(value) => filters.set('agent', value)}
          options={agentOptions}
          className="max-sm:col-span-2"
        />
        <Select
          aria-label="Channel"
          value={filters.channel}
          onValueChange={(value) => filters.set('channel', value)}
          options={channelOptions}
        />
        <Select
          aria-label="Period"
          value={filters.days}
          onValueChange={(value) => filters.set('days', value)}
          options={periods}
        />
      </div>
      <Panel aria-label="Conversations" aria-busy={query.isFetching}>
        {query.isPending ? (
          <SkeletonRows label="Loading conversations" />
        ) : query.isError ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : conversations.length === 0 ? (
          <EmptyState
            icon={MessagesSquare}
            title={filters.filtered ? 'No conversation matches' : 'No conversations yet'}
            description={
              filters.filtered
                ? 'Try a longer period or another agent.'
                : 'Talk to an agent here, or connect a client: every conversation is kept with the timing of its turns.'
            }
            action={
              filters.filtered ? (
                <Button onClick={filters.clear}>Clear filters</Button>
              ) : (
                <Button asChild variant="primary">
                  <Link href="/talk">Talk to an agent</Link>
                </Button>
              )
            }
          />
        ) : (
          <ul className="divide-y divide-line">
            {conversations.map((conversation) => (
              <ConversationRow key={conversation.id} conversation={conversation} />
            ))}
          </ul>
        )}
        <LoadMore query={query} />
      </Panel>
    </div>
  );
}
