'use client';

import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Confirm } from '@/components/ui/confirm';
import { LoadMore } from '@/components/ui/load-more';
import { Panel } from '@/components/ui/panel';
import { SkeletonRows } from '@/components/ui/skeleton';
import { EmptyState, ErrorState } from '@/components/ui/states';
import { useCan } from '@/features/session/permissions';
import { formatDate, formatRelative } from '@/lib/format';
import { CreateKeyDialog } from './create-key-dialog';
import { useApiKeys, useRevokeApiKey, type ApiKey } from './queries';

export function ApiKeyList() {
  const query = useApiKeys();
  const revoke = useRevokeApiKey();
  const [doomed, setDoomed] = useState<ApiKey | null>(null);
  const keys = query.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Panel aria-label="API keys" aria-busy={query.isFetching}>
      {query.isPending ? (
        <SkeletonRows rows={3} label="Loading API keys" />
      ) : query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : keys.length === 0 ? (
        <EmptyState
          icon={KeyRound}
          title="No API keys"
          description="A key lets a program talk to your agents through the OpenAI-compatible API."
          action={<CreateKeyDialog />}
        />
      ) : (
        <ul className="divide-y divide-line">
          {keys.map((key) => (
            <KeyRow key={key.id} apiKey={key} onRevoke={() => setDoomed(key)} />
          ))}
        </ul>
      )}
      <LoadMore query={query} />
      <Confirm
        open={doomed !== null}
        onOpenChange={(open) => !open && setDoomed(null)}
        title={`Revoke ${doomed?.name ?? ''}?`}
        description="Programs that use it are refused from now on. This cannot be undone."
        action="Revoke key"
        onConfirm={() => doomed && revoke.mutate(doomed)}
      />
    </Panel>
  );
}

function KeyRow({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  const canWrite = useCan('api_keys_write');
  const expired = apiKey.expires_at !== undefined && new Date(apiKey.expires_at).getTime() < Date.now();
  return (
    <li className="flex items-center gap-4 px-4 py-3 sm:px-5">
      <div className="flex min-w-0 grow flex-col gap-0.5">
        <span className="flex items-center gap-2">
          <span className="truncate font-medium">{apiKey.name}</span>
          {expired && <Badge tone="danger">Expired</Badge>}
        </span>
        <span className="truncate text-[0.8125rem] text-muted">
          <code className="font-mono text-xs">{apiKey.prefix}…</code> ·{' '}
          {apiKey.scopes.length === 0 ? 'everything' : apiKey.scopes.join(', ').replaceAll('_', ' ')}
        </span>
      </div>
      <div className="hidden shrink-0 flex-col items-end text-[0.8125rem] text-muted sm:flex">
        <span>{apiKey.last_used_at ? `Used ${formatRelative(apiKey.last_used_at)}` : 'Never used'}</span>
        <span>{apiKey.expires_at ? `Until ${formatDate(apiKey.expires_at)}` : 'No end'}</span>
      </div>
      {canWrite && (
        <Button size="sm" onClick={onRevoke} aria-label={`Revoke ${apiKey.name}`}>
          Revoke
        </Button>
      )}
    </li>
  );
}
