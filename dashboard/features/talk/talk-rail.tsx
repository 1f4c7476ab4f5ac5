'use client';

import { Pencil } from 'lucide-react';
import dynamic from 'next/dynamic';
import Link from 'next/link';
import { Field } from '@/components/ui/field';
import { Select } from '@/components/ui/select';
import { StageLegend } from '@/features/conversations/turn-timeline';
import type { Agent } from '@/features/agents/queries';
import { EmotionSelect, VoiceSelect } from '@/features/speech/pickers';
import type { TalkState } from './realtime/state';
import type { VoiceChoice } from './realtime/talk-session';

// The chart library is half of the page's weight and is needed only after the first answer.
const LatencyChart = dynamic(() => import('./latency-chart').then((module) => module.LatencyChart), {
  ssr: false,
});

interface TalkRailProps {
  agents: readonly Agent[];
  agent: Agent | undefined;
  onAgent: (id: string) => void;
  choice: VoiceChoice;
  onChoice: (choice: VoiceChoice) => void;
  state: TalkState;
}

export function TalkRail({ agents, agent, onAgent, choice, onChoice, state }: TalkRailProps) {
  const running = state.phase !== 'idle' && state.phase !== 'ended';
  return (
    <div className="flex flex-col gap-5">
      <Field
        label="Agent"
        aside={
          agent && (
            <Link
              href={`/agents/edit?id=${agent.id}`}
              className="flex items-center gap-1 text-xs text-muted hover:text-foreground"
            >
              <Pencil className="size-3" aria-hidden /> Edit
            </Link>
          )
        }
        hint={running ? 'End the conversation to change the agent.' : undefined}
      >
        {(props) => (
          <Select
            {...props}
            value={agent?.id}
            onValueChange={onAgent}
            disabled={running}
            placeholder="Choose an agent"
            options={agents.map(({ id, name }) => ({ value: id, label: name }))}
          />
        )}
      </Field>
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-1 lg:gap-5">
        <Field label="Voice">
          {(props) => (
            <VoiceSelect
              {...props}
              value={choice.voice}
              disabled={!agent}
              onValueChange={(voice) => onChoice({ ...choice, voice })}
            />
          )}
        </Field>
        <Field label="Emotion">
          {(props) => (
            <EmotionSelect
              {...props}
              value={choice.emotion}
              disabled={!agent}
              onValueChange={(emotion) => onChoice({ ...choice, emotion })}
            />
          )}
        </Field>
      </div>
      <div className="border-t border-line pt-5">
        <LatencyChart turns={state.turns} />
        {state.turns.some((turn) => turn.stages) && <StageLegend className="mt-3" />}
      </div>
    </div>
  );
}
