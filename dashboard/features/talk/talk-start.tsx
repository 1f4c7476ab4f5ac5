'use client';

import { AudioLines, Bot, RotateCcw } from 'lucide-react';
import Link from 'next/link';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/states';
import type { Agent } from '@/features/agents/queries';

interface TalkStartProps {
  agent: Agent | undefined;
  noAgents: boolean;
  onStart: () => void;
}

/** What the page says before a conversation. */
export function TalkStart({ agent, noAgents, onStart }: TalkStartProps) {
  if (noAgents) {
    return (
      <EmptyState
        icon={Bot}
        title="No agent to talk to"
        description="Make an agent first. It takes a name and a sentence."
        action={
          <Button asChild variant="primary">
            <Link href="/agents">Go to agents</Link>
          </Button>
        }
      />
    );
  }
  return (
    <EmptyState
      icon={AudioLines}
      title={agent ? `Talk to ${agent.name}` : 'Choose an agent'}
      description={
        agent
          ? 'Your browser will ask for the microphone. Speak at any time, also over the answer; you can type too.'
          : 'Pick the agent that should answer.'
      }
      action={
        <Button variant="primary" size="lg" disabled={!agent} onClick={onStart}>
          <AudioLines aria-hidden /> Start talking
        </Button>
      }
    />
  );
}

/** Under the transcript of a conversation that has ended. */
export function TalkEnded({
  conversationId,
  onResume,
  onFresh,
}: {
  conversationId: string | null;
  onResume: () => void;
  onFresh: () => void;
}) {
  return (
    <div className="border-t border-line bg-surface px-4 py-3 sm:px-6">
      <div className="mx-auto flex max-w-2xl flex-wrap items-center justify-between gap-2">
        <span className="text-[0.8125rem] text-muted">
          The conversation has ended.{' '}
          {conversationId && (
            <Link
              className="text-accent-ink underline-offset-4 hover:underline"
              href={`/conversations/view?id=${conversationId}`}
            >
              See its record
            </Link>
          )}
        </span>
        <span className="flex gap-2">
          {conversationId && (
            <Button onClick={onResume}>
              <RotateCcw aria-hidden /> Continue it
            </Button>
          )}
          <Button variant="primary" onClick={onFresh}>
            <AudioLines aria-hidden /> New conversation
          </Button>
        </span>
      </div>
    </div>
  );
}
