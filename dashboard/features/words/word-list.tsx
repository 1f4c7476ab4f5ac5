'use client';

import { BookA, Pencil, Search, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Confirm } from '@/components/ui/confirm';
import { Input } from '@/components/ui/input';
import { LoadMore } from '@/components/ui/load-more';
import { Panel } from '@/components/ui/panel';
import { SkeletonRows } from '@/components/ui/skeleton';
import { EmptyState, ErrorState } from '@/components/ui/states';
import { useCan } from '@/features/session/permissions';
import { SpeechPreview } from '@/features/speech/speech-preview';
import { useDebounced } from '@/lib/hooks/use-debounced';
import { useDeleteWord, useWords, type Word } from './queries';
import { WordDialog } from './word-dialog';

export function WordList() {
  const [search, setSearch] = useState('');
  const query = useWords(useDebounced(search.trim()));
  const [changed, setChanged] = useState<Word | null>(null);
  const [doomed, setDoomed] = useState<Word | null>(null);
  const remove = useDeleteWord();
  const words = query.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <div className="flex flex-col gap-4">
      <div className="relative max-w-xs">
        <Search
          className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-faint"
          aria-hidden
        />
        <Input
          type="search"
          aria-label="Search words"
          placeholder="Search words"
          value={search}
          maxLength={100}
          onChange={(event) => setSearch(event.target.value)}
          className="pl-8"
        />
      </div>
      <Panel aria-label="Words" aria-busy={query.isFetching}>
        {query.isPending ? (
          <SkeletonRows rows={4} label="Loading words" />
        ) : query.isError ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : words.length === 0 ? (
          <EmptyState
            icon={BookA}
            title={search ? 'No word fits' : 'No words yet'}
            description={
              search
                ? 'Search for another part of a word or of how it is said.'
                : 'Add names and terms that should be said in a certain way, or that callers often say.'
            }
          />
        ) : (
          <ul className="divide-y divide-line">
            {words.map((word) => (
              <WordRow
                key={word.id}
                word={word}
                onChange={() => setChanged(word)}
                onDelete={() => setDoomed(word)}
              />
            ))}
          </ul>
        )}
        <LoadMore query={query} />
      </Panel>
      <WordDialog
        key={changed?.id}
        word={changed ?? undefined}
        open={changed !== null}
        onOpenChange={(open) => !open && setChanged(null)}
      />
      <Confirm
        open={doomed !== null}
        onOpenChange={(open) => !open && setDoomed(null)}
        title={`Delete ${doomed?.word ?? ''}?`}
        description="It is said and heard as any other word from now on."
        action="Delete word"
        onConfirm={() => doomed && remove.mutate(doomed)}
      />
    </div>
  );
}

function WordRow({ word, onChange, onDelete }: { word: Word; onChange: () => void; onDelete: () => void }) {
  const canWrite = useCan('words_write');
  const canSpeak = useCan('speech');
  const said = word.pronunciation ? `Said like ${word.pronunciation}` : 'Said as usual';
  return (
    <li className="flex items-center gap-3 px-4 py-3 sm:px-5">
      <div className="flex min-w-0 grow flex-col gap-0.5">
        <span className="flex items-center gap-2">
          <span className="truncate font-medium">{word.word}</span>
          {word.recognise && <Badge>Recognised</Badge>}
        </span>
        <span className="truncate text-[0.8125rem] text-muted">
          {said}
          {word.sounds_like.length > 0 && ` · heard as ${word.sounds_like.join(', ')}`}
        </span>
      </div>
      {canSpeak && (
        <SpeechPreview
          text={word.word}
          voice="af_heart"
          emotion="neutral"
          speed={1}
          label={`Hear ${word.word}`}
          compact
        />
      )}
      {canWrite && (
        <>
          <Button size="sm" variant="ghost" onClick={onChange} aria-label={`Change ${word.word}`}>
            <Pencil aria-hidden />
          </Button>
          <Button size="sm" variant="ghost" onClick={onDelete} aria-label={`Delete ${word.word}`}>
            <Trash2 aria-hidden />
          </Button>
        </>
      )}
    </li>
  );
}
