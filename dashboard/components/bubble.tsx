import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';

interface BubbleProps {
  speaker: 'caller' | 'agent';
  children: ReactNode;
  /** Still being recognised or spoken. */
  pending?: boolean;
  note?: ReactNode;
}

/** What one side said. The caller stands at the right, the agent at the left. */
export function Bubble({ speaker, children, pending = false, note }: BubbleProps) {
  const caller = speaker === 'caller';
  return (
    <div
      className={cn(
        'flex max-w-[85%] flex-col gap-1',
        caller ? 'items-end self-end' : 'items-start self-start',
      )}
    >
      <span className="sr-only">{caller ? 'Caller: ' : 'Agent: '}</span>
      <div
        className={cn(
          'rounded-xl px-3.5 py-2 leading-relaxed [overflow-wrap:anywhere] whitespace-pre-wrap',
          caller ? 'rounded-br-sm bg-accent-soft' : 'rounded-bl-sm bg-sunken ring-1 ring-line ring-inset',
          pending && 'text-muted',
        )}
      >
        {children}
      </div>
      {note && <span className="px-1 text-xs text-muted">{note}</span>}
    </div>
  );
}
