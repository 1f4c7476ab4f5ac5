'use client';

import { ChevronLeft } from 'lucide-react';
import Link from 'next/link';
import { useSearchParams } from 'next/navigation';
import { SkeletonRows } from '@/components/ui/skeleton';
import { ErrorState } from '@/components/ui/states';
import { useAgent } from '../queries';
import { AgentEditor } from './agent-editor';

export function EditAgent() {
  const id = useSearchParams().get('id') ?? '';
  const query = useAgent(id);
  return (
    <>
      <Link
        href="/agents"
        className="mb-3 inline-flex items-center gap-1 text-[0.8125rem] text-muted hover:text-foreground"
      >
        <ChevronLeft className="size-3.5" aria-hidden /> Agents
      </Link>
      {query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : query.isPending ? (
        <SkeletonRows label="Loading the agent" />
      ) : (
        <AgentEditor key={id} agent={query.data} />
      )}
    </>
  );
}
