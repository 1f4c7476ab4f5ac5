'use client';

import { ChevronDown, SlidersHorizontal } from 'lucide-react';
import { useId, useState, type ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { formatMs } from '@/lib/format';
import { useMediaQuery } from '@/lib/hooks/use-media-query';
import type { TalkTurn } from './realtime/state';

interface RailFrameProps {
  /** What the closed bar says on a narrow screen. */
  summary: string;
  turns: readonly TalkTurn[];
  children: ReactNode;
}

/** The settings beside the conversation; on narrow screens a bar above it that opens. */
export function RailFrame({ summary, turns, children }: RailFrameProps) {
  const [open, setOpen] = useState(false);
  const wide = useMediaQuery('(min-width: 64rem)');
  const id = useId();
  const last = turns.at(-1);
  return (
    <aside
      aria-label="Conversation settings"
      className="min-w-0 border-line bg-surface max-lg:row-start-1 max-lg:border-b lg:overflow-y-auto lg:border-l"
    >
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
        className="flex h-11 w-full items-center gap-2 px-4 text-sm focus-visible:outline-offset-[-2px] sm:px-6 lg:hidden"
      >
        <SlidersHorizontal className="size-4 shrink-0 text-muted" aria-hidden />
        <span className="truncate font-medium">{summary}</span>
        {last && <span className="ml-auto text-xs text-muted tabular">{formatMs(last.responseMs)}</span>}
        <ChevronDown
          className={cn(
            'size-4 shrink-0 text-muted transition-transform',
            !last && 'ml-auto',
            open && 'rotate-180',
          )}
          aria-hidden
        />
      </button>
      <div id={id} hidden={!wide && !open}>
        {(wide || open) && (
          <div className="px-4 py-4 max-lg:max-h-[60dvh] max-lg:overflow-y-auto sm:px-6 lg:px-5 lg:py-5">
            {children}
          </div>
        )}
      </div>
    </aside>
  );
}
