'use client';

import { cn } from '@/lib/cn';
import { LevelStrip } from './level-strip';
import { activity, type Activity, type TalkState } from './realtime/state';
import type { Levels } from './realtime/talk-session';

const words: Record<Activity, { text: string; dot: string }> = {
  off: { text: 'Not connected', dot: 'bg-line-strong' },
  connecting: { text: 'Connecting…', dot: 'bg-warning animate-pulse' },
  reconnecting: { text: 'Connection lost. Reconnecting…', dot: 'bg-warning animate-pulse' },
  listening: { text: 'Listening', dot: 'bg-success' },
  caller: { text: 'You are speaking', dot: 'bg-caller' },
  thinking: { text: 'Thinking…', dot: 'bg-stage-llm animate-pulse' },
  agent: { text: 'Agent is speaking', dot: 'bg-agent' },
  muted: { text: 'Microphone is off', dot: 'bg-line-strong' },
};

/** Who is speaking, in words and as levels. */
export function ActivityBar({ state, levels }: { state: TalkState; levels: Levels }) {
  const now = activity(state);
  return (
    <div className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-4 border-b border-line bg-surface px-4 sm:px-6">
      <div
        role="status"
        className="flex w-36 items-center gap-2 text-[0.8125rem] font-medium sm:w-40"
        data-activity={now}
      >
        <span className={cn('size-2 shrink-0 rounded-full', words[now].dot)} aria-hidden />
        {now === 'reconnecting' && state.attempt > 1
          ? `Reconnecting, attempt ${state.attempt}…`
          : words[now].text}
      </div>
      <LevelStrip levels={levels} running={state.phase === 'live'} />
    </div>
  );
}
