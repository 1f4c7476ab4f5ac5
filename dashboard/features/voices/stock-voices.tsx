'use client';

import { Panel, PanelHeader } from '@/components/ui/panel';
import { SkeletonRows } from '@/components/ui/skeleton';
import { ErrorState } from '@/components/ui/states';
import { useVoices } from '@/features/agents/queries';
import { useCan } from '@/features/session/permissions';
import { SpeechPreview } from '@/features/speech/speech-preview';

const PREVIEW: Record<string, string> = {
  en: 'Good morning, and thank you for calling.',
  es: 'Buenos días, y gracias por llamar.',
  fr: 'Bonjour, et merci de votre appel.',
  it: 'Buongiorno, e grazie per la chiamata.',
  pt: 'Bom dia, e obrigado por ligar.',
};

export function StockVoices() {
  const voices = useVoices();
  const canSpeak = useCan('speech');
  const stock = (voices.data ?? []).filter((voice) => !voice.id.startsWith('voice_'));
  return (
    <Panel aria-label="Stock voices">
      <PanelHeader
        title="Stock voices"
        description="They come with the server, or from its remote synthesiser."
      />
      {voices.isPending ? (
        <SkeletonRows rows={4} label="Loading voices" />
      ) : voices.isError ? (
        <ErrorState error={voices.error} onRetry={() => void voices.refetch()} />
      ) : (
        <ul className="grid divide-line sm:grid-cols-2 lg:grid-cols-3">
          {stock.map((voice) => (
            <li key={voice.id} className="flex items-center gap-3 px-4 py-2 sm:px-5">
              <div className="flex min-w-0 grow flex-col">
                <span className="truncate font-medium">{voice.name}</span>
                <span className="truncate text-[0.8125rem] text-muted">
                  {voice.language}, {voice.gender}
                  {voice.available === false && ` · ${voice.unavailable_reason ?? 'not available'}`}
                </span>
              </div>
              {canSpeak && voice.available !== false && (
                <SpeechPreview
                  text={PREVIEW[voice.language.slice(0, 2)] ?? PREVIEW.en!}
                  voice={voice.id}
                  emotion="neutral"
                  speed={1}
                  label={`Hear ${voice.name}`}
                  compact
                />
              )}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
