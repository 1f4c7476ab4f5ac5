'use client';

import { useRouter, useSearchParams } from 'next/navigation';
import { useState } from 'react';
import { ErrorState } from '@/components/ui/states';
import { useAgent, useAgentOptions } from '@/features/agents/queries';
import { useConversation } from '@/features/conversations/queries';
import { ActivityBar } from './activity-bar';
import { Composer } from './composer';
import { ProblemNotice } from './problem-notice';
import { toResume } from './resume';
import type { Resume, VoiceChoice } from './realtime/talk-session';
import { RailFrame } from './rail-frame';
import { TalkRail } from './talk-rail';
import { TalkEnded, TalkStart } from './talk-start';
import { TalkTranscript } from './talk-transcript';
import { useTalk } from './use-talk';

export function TalkView() {
  const { session, state } = useTalk();
  const router = useRouter();
  const params = useSearchParams();
  const agents = useAgentOptions();
  const earlier = useConversation(params.get('conversation') ?? '');
  const wanted = params.get('agent') ?? agents.data?.[0]?.id ?? '';
  const listed = agents.data?.find(({ id }) => id === wanted);
  const single = useAgent(listed ? '' : wanted);
  const agent = listed ?? single.data;
  const [picked, setPicked] = useState<{ agentId: string; choice: VoiceChoice } | null>(null);

  // What the person picked holds for the agent it was picked for; otherwise the agent's own settings show.
  const override = picked && picked.agentId === agent?.id ? picked.choice : null;
  const choice = override ?? { voice: agent?.voice ?? '', emotion: agent?.emotion ?? '' };

  const start = (resume: Resume | null) => {
    if (agent) void session.start(agent.id, override, resume);
  };
  const resumeThis = () => start(state.conversationId ? state : null);
  const begin = () => start(earlier.data ? toResume(earlier.data) : null);
  const running = state.phase !== 'idle' && state.phase !== 'ended';

  if (agents.isError) return <ErrorState error={agents.error} onRetry={() => void agents.refetch()} />;
  return (
    <div className="grid h-[calc(100dvh-3.25rem)] grid-rows-[auto_minmax(0,1fr)] md:h-dvh lg:grid-cols-[minmax(0,1fr)_18rem] lg:grid-rows-1">
      <h1 className="sr-only">Talk</h1>
      <div className="flex min-h-0 min-w-0 flex-col max-lg:row-start-2">
        <ActivityBar state={state} levels={session.levels} />
        {state.problem && (
          <ProblemNotice
            problem={state.problem}
            onRetryMicrophone={() => void session.retryMicrophone()}
            onRestart={resumeThis}
            onDismiss={session.dismissProblem}
          />
        )}
        {state.phase === 'idle' && state.items.length === 0 ? (
          <div className="grid min-h-0 grow place-items-center overflow-y-auto">
            <TalkStart agent={agent} noAgents={agents.data?.length === 0} onStart={begin} />
          </div>
        ) : (
          <TalkTranscript items={state.items} onAnswerCall={(...call) => session.answerCall(...call)} />
        )}
        {running && <Composer session={session} state={state} />}
        {state.phase === 'ended' && (
          <TalkEnded
            conversationId={state.conversationId}
            onResume={resumeThis}
            onFresh={() => start(null)}
          />
        )}
      </div>
      <RailFrame summary={agent?.name ?? 'Choose an agent'} turns={state.turns}>
        <TalkRail
          agents={agents.data ?? []}
          agent={agent}
          onAgent={(id) => router.replace(`/talk?agent=${id}`)}
          choice={choice}
          onChoice={(next) => {
            if (!agent) return;
            setPicked({ agentId: agent.id, choice: next });
            session.setChoice(next);
          }}
          state={state}
        />
      </RailFrame>
    </div>
  );
}
