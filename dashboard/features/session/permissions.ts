import { useQuery } from '@tanstack/react-query';
import { api, data, type Schemas } from '@/lib/api/client';

/**
 * Whether the person may do something, to leave out what would only be refused. True while it is not known:
 * the server decides in any case.
 */
export function useCan(permission: Schemas['Permission']): boolean {
  const { data: me } = useQuery({
    queryKey: ['me'],
    queryFn: () => data(api.GET('/api/v1/me')),
    staleTime: 60_000,
  });
  return me ? me.permissions.includes(permission) : true;
}
