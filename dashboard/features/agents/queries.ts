import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { api, data, type Schemas } from '@/lib/api/client';
import { toast, toastError } from '@/lib/toast';

export type Agent = Schemas['Agent'];

export function useAgents(search = '') {
  return useInfiniteQuery({
    queryKey: ['agents', 'list', search],
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET('/api/v1/agents', {
          params: { query: { ...(search && { search }), ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor || undefined,
    placeholderData: keepPreviousData,
  });
}

/** Up to a hundred agents, for pickers. */
export function useAgentOptions() {
  return useQuery({
    queryKey: ['agents', 'options'],
    queryFn: async ({ signal }) => {
      const page = await data(api.GET('/api/v1/agents', { params: { query: { limit: 100 } }, signal }));
      return page.data;
    },
  });
}

export function useAgent(id: string) {
  return useQuery({
    queryKey: ['agents', 'one', id],
    queryFn: ({ signal }) =>
      data(api.GET('/api/v1/agents/{agent_id}', { params: { path: { agent_id: id } }, signal })),
    enabled: id !== '',
    // The editor holds its own copy; a silent refetch must not change what the version check compares.
    refetchOnWindowFocus: false,
  });
}

export function useAgentVersions(id: string) {
  return useInfiniteQuery({
    queryKey: ['agents', 'versions', id],
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET('/api/v1/agents/{agent_id}/versions', {
          params: { path: { agent_id: id }, query: { ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor || undefined,
  });
}

export function useCreateAgent(onCreated: (agent: Agent) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['NewAgent']) => data(api.POST('/api/v1/agents', { body })),
    onSuccess: (agent) => {
      void queries.invalidateQueries({ queryKey: ['agents'] });
      onCreated(agent);
    },
  });
}

export function useDeleteAgent() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (agent: Agent) =>
      api.DELETE('/api/v1/agents/{agent_id}', { params: { path: { agent_id: agent.id } } }),
    onSuccess: (_, agent) => {
      toast.success(`${agent.name} was deleted`);
      void queries.invalidateQueries({ queryKey: ['agents'] });
    },
    onError: toastError,
  });
}

const catalogue = { staleTime: 300_000 };

export function useVoices() {
  return useQuery({
    queryKey: ['voices'],
    queryFn: async () => (await data(api.GET('/api/v1/voices'))).data,
    ...catalogue,
  });
}

export function useEmotions() {
  return useQuery({
    queryKey: ['emotions'],
    queryFn: async () => (await data(api.GET('/api/v1/emotions'))).data,
    ...catalogue,
  });
}

export function useLocalModels(kind: Schemas['LocalModel']['kind']) {
  return useQuery({
    queryKey: ['models'],
    queryFn: async () => (await data(api.GET('/api/v1/models'))).data,
    select: (models) => models.filter((model) => model.kind === kind),
    ...catalogue,
  });
}
