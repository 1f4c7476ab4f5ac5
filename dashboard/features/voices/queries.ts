import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, authorizedFetch, data, type Schemas } from '@/lib/api/client';
import { toApiError } from '@/lib/api/errors';
import { toast, toastError } from '@/lib/toast';

export type OwnVoice = Schemas['OwnVoice'];
export type VoiceConsent = Schemas['VoiceConsent'];

const unfinished = (voice: OwnVoice) =>
  voice.aimpact.status === 'processing' || (voice.aimpact.status === 'ready' && voice.aimpact.progress < 1);

/** The organisation's own voices; asked again while one is being made or refined. */
export function useOwnVoices() {
  return useInfiniteQuery({
    queryKey: ['own-voices'],
    queryFn: ({ pageParam, signal }) =>
      data(api.GET('/v1/audio/voices', { params: { query: pageParam ? { after: pageParam } : {} }, signal })),
    initialPageParam: '',
    getNextPageParam: (page) => (page.has_more && page.last_id) || undefined,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.data.some(unfinished)) ? 2_000 : false,
  });
}

/** The sentence that a person says to consent. */
export function useConsentPhrase() {
  return useQuery({
    queryKey: ['consent-phrase'],
    queryFn: ({ signal }) => data(api.GET('/api/v1/voice-consents/phrase', { signal })),
    staleTime: Infinity,
  });
}

async function upload<T>(path: string, fields: Record<string, string | Blob>): Promise<T> {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields))
    if (typeof value === 'string') body.append(name, value);
    else body.append(name, value, value instanceof File ? value.name : 'recording.wav');
  const request = new Request(new URL(path, window.location.origin), { method: 'POST', body });
  const response = await authorizedFetch(request);
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) throw toApiError(answer, response);
  return answer as T;
}

export function useGiveConsent() {
  return useMutation({
    mutationFn: (given: { name: string; language: string; recording: Blob }) =>
      upload<VoiceConsent>('/v1/audio/voice_consents', given),
  });
}

export function useMakeVoice() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (wanted: { name: string; consent: string; audio_sample: Blob }) =>
      upload<OwnVoice>('/v1/audio/voices', { ...wanted, type: 'audio_sample', engine: 'matched' }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['own-voices'] });
      void queries.invalidateQueries({ queryKey: ['voices'] });
    },
  });
}

export function useDeleteVoice() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (voice: OwnVoice) =>
      api.DELETE('/v1/audio/voices/{voice_id}', { params: { path: { voice_id: voice.id } } }),
    onSuccess: (_, voice) => {
      toast.success(`${voice.name} was deleted`);
      void queries.invalidateQueries({ queryKey: ['own-voices'] });
      void queries.invalidateQueries({ queryKey: ['voices'] });
    },
    onError: toastError,
  });
}
