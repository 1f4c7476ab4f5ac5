import { AudioLines, MessageSquareText, Phone, Terminal, type LucideIcon } from 'lucide-react';
import Link from 'next/link';
import { Badge } from '@/components/ui/badge';
import { formatDateTime, formatDuration, formatMs, formatRelative } from '@/lib/format';
import type { Channel, Conversation } from './queries';

export const channels: Record<Channel, { label: string; icon: LucideIcon }> = {
  realtime: { label: 'Realtime', icon: AudioLines },
  phone: { label: 'Phone', icon: Phone },
  chat: { label: 'Chat', icon: MessageSquareText },
  command_line: { label: 'Command line', icon: Terminal },
};

function lengthOf({ started_at, ended_at }: Conversation): string {
  return ended_at ? formatDuration(new Date(ended_at).getTime() - new Date(started_at).getTime()) : '';
}

export function ConversationRow({ conversation }: { conversation: Conversation }) {
  const { label, icon: Icon } = channels[conversation.channel];
  const latency = conversation.response_latency_p50_ms;
  return (
    <li className="relative flex items-center gap-3.5 px-4 py-3 hover:bg-sunken/60 sm:px-5">
      <Icon className="size-4 shrink-0 text-faint" strokeWidth={1.75} aria-label={label} />
      <div className="flex min-w-0 grow flex-col gap-0.5">
        <div className="flex items-center gap-2">
          <Link
            href={`/conversations/view?id=${conversation.id}`}
            className="truncate font-medium after:absolute after:inset-0"
          >
            {conversation.agent_name}
          </Link>
          {conversation.status === 'active' && <Badge tone="accent">Live</Badge>}
        </div>
        <p className="truncate text-[0.8125rem] text-muted">{conversation.preview || 'Nothing was said'}</p>
      </div>
      <div className="hidden w-28 shrink-0 flex-col items-end text-[0.8125rem] text-muted tabular sm:flex">
        <span>{conversation.turn_count === 1 ? '1 turn' : `${conversation.turn_count} turns`}</span>
        <span>{lengthOf(conversation)}</span>
      </div>
      <div className="hidden w-20 shrink-0 flex-col items-end text-[0.8125rem] tabular md:flex">
        {latency !== undefined && (
          <>
            <span>{formatMs(latency)}</span>
            <span className="text-xs text-muted">median wait</span>
          </>
        )}
      </div>
      <time
        dateTime={conversation.started_at}
        title={formatDateTime(conversation.started_at)}
        className="w-20 shrink-0 text-right text-[0.8125rem] text-muted"
      >
        {formatRelative(conversation.started_at)}
      </time>
    </li>
  );
}
