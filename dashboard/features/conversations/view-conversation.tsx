'use client';

import { ChevronLeft } from 'lucide-react';
import Link from 'next/link';
import { useSearchParams } from 'next/navigation';
import { ConversationView } from './conversation-view';

export function ViewConversation() {
  const id = useSearchParams().get('id') ?? '';
  return (
    <>
      <Link
        href="/conversations"
        className="mb-3 inline-flex items-center gap-1 text-[0.8125rem] text-muted hover:text-foreground"
      >
        <ChevronLeft className="size-3.5" aria-hidden /> Conversations
      </Link>
      <ConversationView id={id} />
    </>
  );
}
