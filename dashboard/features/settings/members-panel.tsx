'use client';

import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Confirm } from '@/components/ui/confirm';
import { LoadMore } from '@/components/ui/load-more';
import { Panel, PanelHeader } from '@/components/ui/panel';
import { Select } from '@/components/ui/select';
import { SkeletonRows } from '@/components/ui/skeleton';
import { ErrorState } from '@/components/ui/states';
import { useCan } from '@/features/session/permissions';
import { useSignedIn } from '@/features/session/session-provider';
import { formatRelative } from '@/lib/format';
import { AddMemberDialog } from './add-member-dialog';
import { roles, useMemberActions, useMembers, type Member, type Role } from './queries';

export function MembersPanel() {
  const query = useMembers();
  const { setRole, remove } = useMemberActions();
  const [doomed, setDoomed] = useState<Member | null>(null);
  const canWrite = useCan('members_write');
  const { user, role } = useSignedIn();
  const members = query.data?.pages.flatMap((page) => page.data) ?? [];
  const offered = roles.filter(({ value }) => role === 'owner' || value !== 'owner');

  return (
    <Panel aria-busy={query.isFetching}>
      <PanelHeader
        title="Members"
        description="Who may use this server, and for what."
        action={canWrite && <AddMemberDialog roles={offered} />}
      />
      <div className="pt-4">
        {query.isPending ? (
          <SkeletonRows rows={2} label="Loading members" />
        ) : query.isError ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <ul className="divide-y divide-line border-t border-line">
            {members.map((member) => {
              const fixed = !canWrite || (member.role === 'owner' && role !== 'owner');
              return (
                <li key={member.user_id} className="flex items-center gap-3 px-4 py-2.5 sm:px-5">
                  <div className="flex min-w-0 grow flex-col">
                    <span className="flex items-center gap-2">
                      <span className="truncate font-medium">{member.name}</span>
                      {member.user_id === user.id && <Badge>You</Badge>}
                    </span>
                    <span className="truncate text-[0.8125rem] text-muted">
                      {member.email}
                      {member.last_seen_at && (
                        <span className="max-sm:hidden"> · seen {formatRelative(member.last_seen_at)}</span>
                      )}
                    </span>
                  </div>
                  {fixed ? (
                    <span className="text-[0.8125rem] text-muted capitalize">{member.role}</span>
                  ) : (
                    <Select
                      aria-label={`Role of ${member.name}`}
                      value={member.role}
                      onValueChange={(next) => setRole.mutate({ member, role: next as Role })}
                      options={offered}
                      className="w-32 shrink-0"
                    />
                  )}
                  {!fixed && (
                    <Button
                      variant="ghost"
                      size="icon"
                      aria-label={`Remove ${member.name}`}
                      onClick={() => setDoomed(member)}
                    >
                      <Trash2 aria-hidden />
                    </Button>
                  )}
                </li>
              );
            })}
          </ul>
        )}
        <LoadMore query={query} />
      </div>
      <Confirm
        open={doomed !== null}
        onOpenChange={(open) => !open && setDoomed(null)}
        title={`Remove ${doomed?.name ?? ''}?`}
        description="Their sessions and API keys end at once."
        action="Remove member"
        onConfirm={() => doomed && remove.mutate(doomed)}
      />
    </Panel>
  );
}
