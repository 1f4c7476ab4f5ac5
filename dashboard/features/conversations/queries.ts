import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { api, data, type Schemas } from '@/lib/api/client';
import { toast, toastError } from '@/lib/toast';

export type Conversation = Schemas['Conversation'];
export type ConversationDetail = Schemas['ConversationDetail'];
export type Turn = Schemas['Turn'];
export type Channel = Schemas['Channel'];

export interface ConversationFilter {
  agentId: string;
  channel: Channel | '';
  /** Only those started within this many days; 0 for all. */
  days: number;
}

export function useConversations({ agentId, channel, days }: ConversationFilter) {
  return useInfiniteQuery({
    queryKey: ['conversations', 'list', agentId, channel, days],
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET('/api/v1/conversations', {
          params: {
            query: {
              ...(agentId && { agent_id: agentId }),
              ...(channel && { channel }),
              ...(days && { started_after: new Date(Date.now() - days * 86_400_000).toISOString() }),
              ...(pageParam && { cursor: pageParam }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor || undefined,
    placeholderData: keepPreviousData,
  });
}

/** The newest hundred, for the overview. */
export function useRecentConversations() {
  return useQuery({
    queryKey: ['conversations', 'recent'],
    queryFn: async ({ signal }) =>
      (await data(api.GET('/api/v1/conversations', { params: { query: { limit: 100 } }, signal }))).data,
    refetchInterval: 15_000,
  });
}

export function useConversation(id: string) {
  return useQuery({
    queryKey: ['conversations', 'one', id],
    queryFn: ({ signal }) =>
      data(
        api.GET('/api/v1/conversations/{conversation_id}', {
          params: { path: { conversation_id: id } },
          signal,
        }),
      ),
    enabled: id !== '',
    refetchInterval: ({ state }) => (state.data?.status === 'active' ? 3_000 : false),
  });
}

/** The recording as an object URL; it needs the access token, so an <audio src> alone could not load it. */
export function useRecording(id: string, enabled: boolean) {
  return useQuery({
    queryKey: ['conversations', 'audio', id],
    queryFn: async ({ signal }) => {
      const { data: blob } = await api.GET('/api/v1/conversations/{conversation_id}/audio', {
        params: { path: { conversation_id: id } },
        parseAs: 'blob',
        signal,
      });
      return blob as unknown as Blob;
    },
    enabled,
    staleTime: Infinity,
    gcTime: 60_000,
  });
}

export function useDeleteConversation(onDeleted: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      api.DELETE('/api/v1/conversations/{conversation_id}', { params: { path: { conversation_id: id } } }),
    onSuccess: (_, id) => {
      toast.success('The conversation was deleted');
      onDeleted();
      queries.removeQueries({ queryKey: ['conversations', 'one', id] });
      void queries.invalidateQueries({ queryKey: ['conversations'] });
    },
    onError: toastError,
  });
}
