'use client';

import { AudioLines } from 'lucide-react';
import Link from 'next/link';
import { Button } from '@/components/ui/button';
import { Panel, PanelHeader } from '@/components/ui/panel';
import { SkeletonRows } from '@/components/ui/skeleton';
import { EmptyState, ErrorState } from '@/components/ui/states';
import { useAgentOptions } from '@/features/agents/queries';
import { ConversationRow } from '@/features/conversations/conversation-row';
import { useRecentConversations } from '@/features/conversations/queries';

export function RecentConversations() {
  const query = useRecentConversations();
  const agents = useAgentOptions();
  const noAgents = agents.data?.length === 0;
  return (
    <Panel aria-label="Recent conversations">
      <PanelHeader
        title="Recent conversations"
        action={
          <Link
            href="/conversations"
            className="text-[0.8125rem] text-accent-ink underline-offset-4 hover:underline"
          >
            See all
          </Link>
        }
      />
      <div className="pt-3">
        {query.isPending ? (
          <SkeletonRows rows={4} label="Loading conversations" />
        ) : query.isError ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : query.data.length === 0 ? (
          <EmptyState
            icon={AudioLines}
            title={noAgents ? 'Make your first agent' : 'Nothing was said yet'}
            description={
              noAgents
                ? 'Give it a name and a sentence of instructions, then talk to it right here.'
                : 'Start a conversation: every turn is kept with its timing.'
            }
            action={
              <Button asChild variant="primary">
                <Link href={noAgents ? '/agents' : '/talk'}>
                  {noAgents ? 'Go to agents' : 'Talk to an agent'}
                </Link>
              </Button>
            }
          />
        ) : (
          <ul className="divide-y divide-line border-t border-line">
            {query.data.slice(0, 8).map((conversation) => (
              <ConversationRow key={conversation.id} conversation={conversation} />
            ))}
          </ul>
        )}
      </div>
    </Panel>
  );
}
