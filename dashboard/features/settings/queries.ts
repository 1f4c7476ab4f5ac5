import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, data, tokens, type Schemas } from '@/lib/api/client';
import { toast, toastError } from '@/lib/toast';

export type Member = Schemas['Member'];
export type Role = Schemas['Role'];

export const roles: { value: Role; label: string; description: string }[] = [
  { value: 'owner', label: 'Owner', description: 'Everything, and other owners' },
  { value: 'admin', label: 'Admin', description: 'Everything but owners' },
  { value: 'developer', label: 'Developer', description: 'Agents, conversations and API keys' },
  { value: 'viewer', label: 'Viewer', description: 'Reads, and talks to agents' },
];

export function useMembers() {
  return useInfiniteQuery({
    queryKey: ['members'],
    queryFn: ({ pageParam, signal }) =>
      data(api.GET('/api/v1/members', { params: { query: pageParam ? { cursor: pageParam } : {} }, signal })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor || undefined,
  });
}

export function useMemberActions() {
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: ['members'] });
  const add = useMutation({
    mutationFn: (body: Schemas['NewMember']) => data(api.POST('/api/v1/members', { body })),
    onSuccess: refresh,
  });
  const setRole = useMutation({
    mutationFn: ({ member, role }: { member: Member; role: Role }) =>
      data(
        api.PATCH('/api/v1/members/{user_id}', {
          params: { path: { user_id: member.user_id } },
          body: { role },
        }),
      ),
    onSuccess: (member) => toast.success(`${member.name} is now ${member.role}`),
    onError: toastError,
    onSettled: refresh,
  });
  const remove = useMutation({
    mutationFn: (member: Member) =>
      api.DELETE('/api/v1/members/{user_id}', { params: { path: { user_id: member.user_id } } }),
    onSuccess: (_, member) => {
      toast.success(`${member.name} was removed`);
      void refresh();
    },
    onError: toastError,
  });
  return { add, setRole, remove };
}

/** The session carries the names that the side bar shows: renew it after a change. */
const renewSession = () => tokens.refresh().catch(toastError);

export function useRenameOrganisation() {
  return useMutation({
    mutationFn: (name: string) => data(api.PATCH('/api/v1/organisation', { body: { name } })),
    onSuccess: () => {
      toast.success('The organisation was renamed');
      void renewSession();
    },
    onError: toastError,
  });
}

export function useUpdateMe() {
  return useMutation({
    mutationFn: (body: Schemas['MePatch']) => data(api.PATCH('/api/v1/me', { body })),
    onSuccess: () => {
      toast.success('Saved');
      void renewSession();
    },
    onError: toastError,
  });
}

export function useChangePassword(onChanged: () => void) {
  return useMutation({
    mutationFn: (body: Schemas['PasswordChange']) => api.POST('/api/v1/me/password', { body }),
    onSuccess: () => {
      toast.success('The password was changed', { description: 'Your other sessions have ended.' });
      onChanged();
    },
  });
}
