'use client';

import { ArrowUp, Mic, MicOff, PhoneOff, Square } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Input } from '@/components/ui/input';
import { Tooltip } from '@/components/ui/tooltip';
import { cn } from '@/lib/cn';
import type { TalkState } from './realtime/state';
import type { TalkSession } from './realtime/talk-session';

/** While a conversation runs: microphone, text, stop the answer, hang up. */
export function Composer({ session, state }: { session: TalkSession; state: TalkState }) {
  const [text, setText] = useState('');
  const live = state.phase === 'live';
  const busy = state.agentSpeaking || state.activeResponseId !== null;
  const send = () => {
    if (!text.trim()) return;
    session.sendText(text.trim());
    setText('');
  };
  return (
    <div className="border-t border-line bg-surface px-3 py-3 sm:px-6">
      <form
        className="mx-auto flex max-w-2xl items-center gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <Tooltip content={state.muted ? 'Unmute' : 'Mute'}>
          <Button
            size="icon"
            aria-label="Mute microphone"
            aria-pressed={state.muted}
            disabled={!state.hasMicrophone}
            onClick={() => session.setMuted(!state.muted)}
            className={cn('size-10', state.muted && 'bg-warning-soft text-warning')}
          >
            {state.muted || !state.hasMicrophone ? <MicOff aria-hidden /> : <Mic aria-hidden />}
          </Button>
        </Tooltip>
        <Input
          aria-label="Message"
          placeholder={live ? 'Speak, or type here' : 'Waiting for the connection'}
          value={text}
          maxLength={4000}
          disabled={!live}
          onChange={(event) => setText(event.target.value)}
          className="h-10 min-w-0"
        />
        {busy && !text ? (
          <Tooltip content="Stop the answer">
            <Button size="icon" aria-label="Stop the answer" className="size-10" onClick={session.interrupt}>
              <Square aria-hidden />
            </Button>
          </Tooltip>
        ) : (
          <Button
            type="submit"
            size="icon"
            aria-label="Send"
            className="size-10"
            disabled={!live || !text.trim()}
          >
            <ArrowUp aria-hidden />
          </Button>
        )}
        <Button variant="danger" className="h-10" onClick={session.stop}>
          <PhoneOff aria-hidden /> <span className="max-sm:sr-only">End</span>
        </Button>
      </form>
    </div>
  );
}
