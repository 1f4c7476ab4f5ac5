import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, data, type Schemas } from '@/lib/api/client';
import { toast, toastError } from '@/lib/toast';

export type ApiKey = Schemas['ApiKey'];

export function useApiKeys() {
  return useInfiniteQuery({
    queryKey: ['api-keys'],
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET('/api/v1/api-keys', { params: { query: pageParam ? { cursor: pageParam } : {} }, signal }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor || undefined,
  });
}

export function useCreateApiKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['NewApiKey']) => data(api.POST('/api/v1/api-keys', { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['api-keys'] }),
  });
}

export function useRevokeApiKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (key: ApiKey) =>
      api.DELETE('/api/v1/api-keys/{api_key_id}', { params: { path: { api_key_id: key.id } } }),
    onSuccess: (_, key) => {
      toast.success(`${key.name} was revoked`);
      void queries.invalidateQueries({ queryKey: ['api-keys'] });
    },
    onError: toastError,
  });
}
