'use client';

import { Mic, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Confirm } from '@/components/ui/confirm';
import { LoadMore } from '@/components/ui/load-more';
import { Panel, PanelHeader } from '@/components/ui/panel';
import { SkeletonRows } from '@/components/ui/skeleton';
import { EmptyState, ErrorState } from '@/components/ui/states';
import { useCan } from '@/features/session/permissions';
import { SpeechPreview } from '@/features/speech/speech-preview';
import { formatDateTime } from '@/lib/format';
import { useDeleteVoice, useOwnVoices, type OwnVoice } from './queries';
import { progressText, similarityText } from './similarity';

const PREVIEW = 'Good morning, and thank you for calling. How can I help you today?';
const engines: Record<string, string> = { matched: 'Matched', zero_shot: 'Zero-shot', provider: 'Provider' };

export function OwnVoices() {
  const query = useOwnVoices();
  const [doomed, setDoomed] = useState<OwnVoice | null>(null);
  const remove = useDeleteVoice();
  const voices = query.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Panel aria-label="Own voices" aria-busy={query.isFetching}>
      <PanelHeader
        title="Own voices"
        description="Usable wherever a stock voice is: in agents and in speech."
      />
      {query.isPending ? (
        <SkeletonRows rows={2} label="Loading voices" />
      ) : query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : voices.length === 0 ? (
        <EmptyState
          icon={Mic}
          title="No own voices yet"
          description="Record a person’s consent and a sample of their voice to make one."
        />
      ) : (
        <ul className="divide-y divide-line">
          {voices.map((voice) => (
            <VoiceRow key={voice.id} voice={voice} onDelete={() => setDoomed(voice)} />
          ))}
        </ul>
      )}
      <LoadMore query={query} />
      <Confirm
        open={doomed !== null}
        onOpenChange={(open) => !open && setDoomed(null)}
        title={`Delete ${doomed?.name ?? ''}?`}
        description="The voice and its sample are deleted for good. Agents that use it speak in the default voice."
        action="Delete voice"
        onConfirm={() => doomed && remove.mutate(doomed)}
      />
    </Panel>
  );
}

function VoiceRow({ voice, onDelete }: { voice: OwnVoice; onDelete: () => void }) {
  const canWrite = useCan('voices_write');
  const canSpeak = useCan('speech');
  const { consent, engine, status, progress } = voice.aimpact;
  const waits = progressText(voice);
  const near = similarityText(voice);
  return (
    <li className="flex items-center gap-3 px-4 py-3 sm:px-5">
      <div className="flex min-w-0 grow flex-col gap-0.5">
        <span className="flex items-center gap-2">
          <span className="truncate font-medium">{voice.name}</span>
          <Badge>{engines[engine] ?? engine}</Badge>
        </span>
        {waits && (
          <span
            role="status"
            className={status === 'failed' ? 'text-[0.8125rem] text-danger' : 'text-[0.8125rem] text-muted'}
          >
            {waits}
            {status !== 'failed' && (
              <progress value={progress} max={1} aria-label="Progress" className="ml-2 w-24" />
            )}
          </span>
        )}
        {near && <span className="text-[0.8125rem] text-muted">{near}</span>}
        <span className="text-[0.8125rem] text-muted">
          {consent.name ?? 'A person'} consented
          {consent.consented_at !== undefined &&
            ` on ${formatDateTime(new Date(consent.consented_at * 1000).toISOString())}`}
        </span>
      </div>
      {canSpeak && status === 'ready' && (
        <SpeechPreview
          text={PREVIEW}
          voice={voice.id}
          emotion="neutral"
          speed={1}
          label={`Hear ${voice.name}`}
          compact
        />
      )}
      {canWrite && (
        <Button size="sm" variant="ghost" onClick={onDelete} aria-label={`Delete ${voice.name}`}>
          <Trash2 aria-hidden />
        </Button>
      )}
    </li>
  );
}
