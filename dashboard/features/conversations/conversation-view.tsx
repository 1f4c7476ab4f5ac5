'use client';

import { AudioLines, Trash2 } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { PageHeader } from '@/components/page-header';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Confirm } from '@/components/ui/confirm';
import { SkeletonRows } from '@/components/ui/skeleton';
import { ErrorState } from '@/components/ui/states';
import { useCan } from '@/features/session/permissions';
import { formatDateTime, formatDuration, formatMs, formatNumber } from '@/lib/format';
import { channels } from './conversation-row';
import { useConversation, useDeleteConversation, type ConversationDetail } from './queries';
import { Recording } from './recording';
import { Transcript } from './transcript';

export function ConversationView({ id }: { id: string }) {
  const query = useConversation(id);
  if (query.isPending) return <SkeletonRows label="Loading the conversation" />;
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return <Loaded conversation={query.data} />;
}

function Loaded({ conversation }: { conversation: ConversationDetail }) {
  const router = useRouter();
  const [asking, setAsking] = useState(false);
  const remove = useDeleteConversation(() => router.push('/conversations'));
  const canDelete = useCan('conversations_write');
  return (
    <>
      <PageHeader
        title={conversation.agent_name}
        description={
          <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
            {conversation.status === 'active' && <Badge tone="accent">Live</Badge>}
            <time dateTime={conversation.started_at}>{formatDateTime(conversation.started_at)}</time>
            <Badge>{channels[conversation.channel].label}</Badge>
            <Badge className="tabular">Agent v{conversation.agent_version}</Badge>
          </span>
        }
        actions={
          <>
            <Button asChild>
              <Link href={`/talk?agent=${conversation.agent_id}&conversation=${conversation.id}`}>
                <AudioLines aria-hidden /> Continue
              </Link>
            </Button>
            {canDelete && (
              <Button
                variant="ghost"
                size="icon"
                aria-label="Delete conversation"
                onClick={() => setAsking(true)}
              >
                <Trash2 aria-hidden />
              </Button>
            )}
          </>
        }
      />
      <Figures conversation={conversation} />
      {conversation.has_audio && <Recording id={conversation.id} />}
      <Transcript conversation={conversation} />
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title="Delete this conversation?"
        description="Its transcript, timings and recording are removed for good."
        action="Delete conversation"
        onConfirm={() => remove.mutate(conversation.id)}
      />
    </>
  );
}

function Figures({ conversation }: { conversation: ConversationDetail }) {
  const { started_at, ended_at, response_latency_p50_ms: p50, response_latency_p95_ms: p95 } = conversation;
  const figures = [
    ['Turns', formatNumber(conversation.turn_count)],
    [
      'Length',
      ended_at ? formatDuration(new Date(ended_at).getTime() - new Date(started_at).getTime()) : '–',
    ],
    ['Wait, median', p50 === undefined ? '–' : formatMs(p50)],
    ['Wait, 95th', p95 === undefined ? '–' : formatMs(p95)],
    [
      'Tokens in / out',
      `${formatNumber(conversation.input_tokens)} / ${formatNumber(conversation.output_tokens)}`,
    ],
  ];
  return (
    <dl className="mb-5 grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line sm:grid-cols-5">
      {figures.map(([term, value]) => (
        <div key={term} className="flex flex-col gap-0.5 bg-surface px-4 py-3 max-sm:last:col-span-2">
          <dt className="eyebrow">{term}</dt>
          <dd className="text-[0.9375rem] font-medium tabular">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
