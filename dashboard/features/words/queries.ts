import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, authorizedFetch, data, type Schemas } from '@/lib/api/client';
import { toApiError } from '@/lib/api/errors';
import { toast, toastError } from '@/lib/toast';

export type Word = Schemas['Word'];

export function useWords(search: string) {
  return useInfiniteQuery({
    queryKey: ['words', search],
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET('/api/v1/words', {
          params: { query: { ...(search && { search }), ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor || undefined,
    placeholderData: keepPreviousData,
  });
}

/** Adds a word, or changes `before`. */
export function useSaveWord(before?: Word) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['NewWord']) =>
      before
        ? data(
            api.PATCH('/api/v1/words/{word_id}', {
              params: { path: { word_id: before.id } },
              body: { ...body, version: before.version },
            }),
          )
        : data(api.POST('/api/v1/words', { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['words'] }),
  });
}

export function useDeleteWord() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (word: Word) =>
      api.DELETE('/api/v1/words/{word_id}', { params: { path: { word_id: word.id } } }),
    onSuccess: (_, word) => {
      toast.success(`${word.word} was deleted`);
      void queries.invalidateQueries({ queryKey: ['words'] });
    },
    onError: toastError,
  });
}

/** Imports a .csv or .json file as it is. */
export function useImportWords() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (file: File) => {
      const type = file.name.toLowerCase().endsWith('.json') ? 'application/json' : 'text/csv';
      const url = new URL('/api/v1/words/import', window.location.origin);
      const response = await authorizedFetch(
        new Request(url, { method: 'POST', headers: { 'Content-Type': type }, body: await file.text() }),
      );
      const body: unknown = await response.json().catch(() => null);
      if (!response.ok) throw toApiError(body, response);
      return body as Schemas['WordImport'];
    },
    onSuccess: ({ created, updated, unchanged }) => {
      toast.success('The list was imported', {
        description: `${created} new, ${updated} changed, ${unchanged} as before`,
      });
      void queries.invalidateQueries({ queryKey: ['words'] });
    },
    onError: toastError,
  });
}

/** Saves all words as a CSV file. */
export async function downloadWords(): Promise<void> {
  const { data: text } = await api.GET('/api/v1/words/export', {
    params: { query: { format: 'csv' } },
    parseAs: 'text',
  });
  const url = URL.createObjectURL(new Blob([text as unknown as string], { type: 'text/csv' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: 'words.csv' });
  link.click();
  URL.revokeObjectURL(url);
}
