'use client';

import { AudioLines, Bot, Ellipsis, Pencil, Search, Trash2 } from 'lucide-react';
import Link from 'next/link';
import { useState } from 'react';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Confirm } from '@/components/ui/confirm';
import { Input } from '@/components/ui/input';
import { LoadMore } from '@/components/ui/load-more';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/ui/menu';
import { Panel } from '@/components/ui/panel';
import { SkeletonRows } from '@/components/ui/skeleton';
import { EmptyState, ErrorState } from '@/components/ui/states';
import { useCan } from '@/features/session/permissions';
import { formatRelative } from '@/lib/format';
import { useDebounced } from '@/lib/hooks/use-debounced';
import { CreateAgentDialog } from './create-agent-dialog';
import { useAgents, useDeleteAgent, type Agent } from './queries';

export function AgentList() {
  const [search, setSearch] = useState('');
  const query = useAgents(useDebounced(search.trim()));
  const [doomed, setDoomed] = useState<Agent | null>(null);
  const remove = useDeleteAgent();
  const agents = query.data?.pages.flatMap((page) => page.data) ?? [];

  return (
    <div className="flex flex-col gap-4">
      <div className="relative max-w-xs">
        <Search
          className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-faint"
          aria-hidden
        />
        <Input
          type="search"
          aria-label="Search agents"
          placeholder="Search agents"
          value={search}
          maxLength={100}
          onChange={(event) => setSearch(event.target.value)}
          className="pl-8"
        />
      </div>
      <Panel aria-label="Agents" aria-busy={query.isFetching}>
        {query.isPending ? (
          <SkeletonRows label="Loading agents" />
        ) : query.isError ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : agents.length === 0 ? (
          <NoAgents search={search} />
        ) : (
          <ul className="divide-y divide-line">
            {agents.map((agent) => (
              <AgentRow key={agent.id} agent={agent} onDelete={() => setDoomed(agent)} />
            ))}
          </ul>
        )}
        <LoadMore query={query} />
      </Panel>
      <Confirm
        open={doomed !== null}
        onOpenChange={(open) => !open && setDoomed(null)}
        title={`Delete ${doomed?.name ?? ''}?`}
        description="Callers can no longer reach it. Its conversations stay."
        action="Delete agent"
        onConfirm={() => doomed && remove.mutate(doomed)}
      />
    </div>
  );
}

function NoAgents({ search }: { search: string }) {
  return search ? (
    <EmptyState
      icon={Search}
      title="No agent matches"
      description={`Nothing has “${search}” in its name or description.`}
    />
  ) : (
    <EmptyState
      icon={Bot}
      title="No agents yet"
      description="An agent is a voice with instructions. Make one, then talk to it."
      action={<CreateAgentDialog />}
    />
  );
}

function AgentRow({ agent, onDelete }: { agent: Agent; onDelete: () => void }) {
  const canWrite = useCan('agents_write');
  return (
    <li className="relative flex items-center gap-4 px-4 py-3 hover:bg-sunken/60 sm:px-5">
      <div className="flex min-w-0 grow flex-col gap-0.5">
        <div className="flex items-center gap-2">
          <Link
            href={`/agents/edit?id=${agent.id}`}
            className="truncate font-medium after:absolute after:inset-0"
          >
            {agent.name}
          </Link>
          <Badge className="tabular">v{agent.version}</Badge>
        </div>
        <p className="truncate text-[0.8125rem] text-muted">
          {agent.description || agent.instructions || 'No instructions yet'}
        </p>
      </div>
      <div className="hidden shrink-0 flex-col items-end text-[0.8125rem] text-muted sm:flex">
        <span>{agent.voice}</span>
        <span>{agent.model.provider === 'local' ? 'Local model' : agent.model.name}</span>
      </div>
      <time
        dateTime={agent.updated_at}
        className="hidden w-24 shrink-0 text-right text-[0.8125rem] text-muted lg:block"
      >
        {formatRelative(agent.updated_at)}
      </time>
      <div className="relative flex shrink-0 items-center gap-1">
        <Button asChild size="sm">
          <Link href={`/talk?agent=${agent.id}`} aria-label={`Talk to ${agent.name}`}>
            <AudioLines aria-hidden /> <span className="max-sm:sr-only">Talk</span>
          </Link>
        </Button>
        <Menu>
          <MenuTrigger asChild>
            <Button variant="ghost" size="icon" aria-label={`More for ${agent.name}`}>
              <Ellipsis aria-hidden />
            </Button>
          </MenuTrigger>
          <MenuContent>
            <MenuItem asChild>
              <Link href={`/agents/edit?id=${agent.id}`}>
                <Pencil aria-hidden /> {canWrite ? 'Edit' : 'View'}
              </Link>
            </MenuItem>
            {canWrite && (
              <MenuItem onSelect={onDelete} className="text-danger [&_svg]:!text-danger">
                <Trash2 aria-hidden /> Delete
              </MenuItem>
            )}
          </MenuContent>
        </Menu>
      </div>
    </li>
  );
}
