'use client';

import { useEffect, useRef, useState } from 'react';
import { Bubble } from '@/components/bubble';
import { FunctionCall } from '@/components/function-call';
import { Button } from '@/components/ui/button';
import { Input } from '@/components/ui/input';
import type { TalkItem } from './realtime/state';

interface TalkTranscriptProps {
  items: readonly TalkItem[];
  onAnswerCall: (itemId: string, callId: string, output: string) => void;
}

export function TalkTranscript({ items, onAnswerCall }: TalkTranscriptProps) {
  const endRef = useRef<HTMLDivElement>(null);
  const pinned = useRef(true);

  // Follow the conversation unless the reader has scrolled up.
  useEffect(() => {
    if (pinned.current) endRef.current?.scrollIntoView({ block: 'end' });
  }, [items]);

  return (
    <div
      className="min-h-0 grow overflow-y-auto px-4 py-5 sm:px-6"
      tabIndex={0}
      role="region"
      aria-label="Transcript"
      onScroll={({ currentTarget: box }) => {
        pinned.current = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
      }}
    >
      <div className="mx-auto flex max-w-2xl flex-col gap-3">
        {items.map((item) => (
          <Line key={item.id} item={item} onAnswerCall={onAnswerCall} />
        ))}
        <div ref={endRef} />
      </div>
      <Announcer items={items} />
    </div>
  );
}

function Line({ item, onAnswerCall }: { item: TalkItem; onAnswerCall: TalkTranscriptProps['onAnswerCall'] }) {
  if (item.kind === 'function_call') {
    return (
      <FunctionCall name={item.call?.name ?? ''} detail={item.text}>
        {item.status === 'done' && item.call && !item.call.answered && (
          <CallAnswer onAnswer={(output) => onAnswerCall(item.id, item.call!.callId, output)} />
        )}
      </FunctionCall>
    );
  }
  if (item.kind === 'user') {
    return (
      <Bubble speaker="caller" pending={item.status === 'in_progress'} note={item.note}>
        {item.text || (item.status === 'failed' ? '(not understood)' : '…')}
      </Bubble>
    );
  }
  return (
    <Bubble speaker="agent" note={item.status === 'interrupted' ? 'Interrupted' : undefined}>
      <AgentText item={item} />
    </Bubble>
  );
}

/** What was heard, and struck through what was not: the agent does not remember having said it. */
function AgentText({ item }: { item: TalkItem }) {
  const { text, heard } = item;
  if (heard === undefined || heard.length >= text.length) return text || heard || '…';
  if (!text.startsWith(heard)) return heard || '…';
  return (
    <>
      {heard}
      <del className="text-faint">{text.slice(heard.length)}</del>
    </>
  );
}

function CallAnswer({ onAnswer }: { onAnswer: (output: string) => void }) {
  const [output, setOutput] = useState('');
  return (
    <div className="flex gap-2">
      <Input
        aria-label="Result of the function"
        placeholder="Result, as text or JSON"
        value={output}
        onChange={(event) => setOutput(event.target.value)}
        className="h-8"
      />
      <Button size="sm" onClick={() => onAnswer(output)}>
        Send result
      </Button>
    </div>
  );
}

/** Reads each finished line to screen readers once; partial text would be read again and again. */
function Announcer({ items }: { items: readonly TalkItem[] }) {
  const finished = items.filter(
    (item) => item.kind !== 'function_call' && item.status !== 'in_progress' && item.text,
  );
  return (
    <div className="sr-only" role="log" aria-live="polite">
      {finished.slice(-4).map((item) => (
        <p key={item.id}>
          {item.kind === 'user' ? 'You: ' : 'Agent: '}
          {item.heard ?? item.text}
        </p>
      ))}
    </div>
  );
}
