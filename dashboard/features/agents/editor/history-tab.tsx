import { useFormContext } from 'react-hook-form';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { LoadMore } from '@/components/ui/load-more';
import { Panel } from '@/components/ui/panel';
import { SkeletonRows } from '@/components/ui/skeleton';
import { ErrorState } from '@/components/ui/states';
import { useCan } from '@/features/session/permissions';
import { formatDateTime } from '@/lib/format';
import { toast } from '@/lib/toast';
import { toForm, type AgentForm } from '../agent-form';
import { useAgentVersions, type Agent } from '../queries';

const unversioned = new Set(['id', 'version', 'created_at', 'updated_at']);

/** Names of the fields that differ between two versions. */
function changes(newer: Agent, older: Agent): string[] {
  return (Object.keys(newer) as (keyof Agent)[]).filter(
    (key) => !unversioned.has(key) && JSON.stringify(newer[key]) !== JSON.stringify(older[key]),
  );
}

export function HistoryTab({ agent }: { agent: Agent }) {
  const query = useAgentVersions(agent.id);
  const canWrite = useCan('agents_write');
  const { reset, getValues } = useFormContext<AgentForm>();
  if (query.isPending) return <SkeletonRows rows={3} label="Loading versions" />;
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const versions = query.data.pages.flatMap((page) => page.data);

  const restore = (version: Agent) => {
    const current = getValues();
    const old = toForm(version);
    // Keys are not part of a version: keep what is typed, and the stored one stays as it is.
    reset({ ...old, model: { ...old.model, api_key: current.model.api_key } }, { keepDefaultValues: true });
    toast(`Version ${version.version} is loaded into the editor`, {
      description: 'Save to make it the current one.',
    });
  };

  return (
    <Panel aria-label="Versions">
      <ul className="divide-y divide-line">
        {versions.map((version, index) => {
          const older = versions[index + 1];
          const changed = older ? changes(version.agent, older.agent) : [];
          return (
            <li key={version.version} className="flex items-center justify-between gap-4 px-4 py-3">
              <div className="flex min-w-0 flex-col gap-0.5">
                <span className="flex items-center gap-2">
                  <span className="font-medium tabular">Version {version.version}</span>
                  {version.version === agent.version && <Badge tone="accent">Current</Badge>}
                </span>
                <span className="truncate text-[0.8125rem] text-muted">
                  <time dateTime={version.created_at}>{formatDateTime(version.created_at)}</time>
                  {version.version === 1
                    ? ' · created'
                    : changed.length > 0 && ` · ${changed.join(', ').replaceAll('_', ' ')}`}
                </span>
              </div>
              {canWrite && version.version !== agent.version && (
                <Button size="sm" onClick={() => restore(version.agent)}>
                  Restore
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      <LoadMore query={query} />
    </Panel>
  );
}
