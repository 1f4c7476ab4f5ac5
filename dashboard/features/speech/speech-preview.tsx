import { LoaderCircle, Play, Square } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button } from '@/components/ui/button';
import { api } from '@/lib/api/client';
import type { Schemas } from '@/lib/api/client';
import { toastError } from '@/lib/toast';

interface SpeechPreviewProps {
  text: string;
  voice: string;
  emotion: string;
  /** 0 to 1; the emotion at full strength without it. */
  intensity?: number;
  speed: number;
  /** For screen readers, where the text isn't beside the button. */
  label?: string;
  /** Small and without words. */
  compact?: boolean;
}

/** Speaks the text through /v1/audio/speech, so that what is heard is what callers hear. */
export function SpeechPreview({
  text,
  voice,
  emotion,
  intensity = 1,
  speed,
  label,
  compact,
}: SpeechPreviewProps) {
  const [state, setState] = useState<'idle' | 'loading' | 'playing'>('idle');
  const current = useRef<{ abort: AbortController; audio?: HTMLAudioElement; url?: string } | null>(null);

  const stop = () => {
    const run = current.current;
    current.current = null;
    run?.abort.abort();
    run?.audio?.pause();
    if (run?.url) URL.revokeObjectURL(run.url);
    setState('idle');
  };

  useEffect(() => stop, []);

  const play = async () => {
    const run: NonNullable<typeof current.current> = { abort: new AbortController() };
    current.current = run;
    setState('loading');
    try {
      const { data } = await api.POST('/v1/audio/speech', {
        body: {
          input: text,
          voice,
          emotion: emotion as Schemas['EmotionId'],
          emotion_intensity: intensity,
          speed,
          response_format: 'wav',
          stream_format: 'audio',
        },
        parseAs: 'blob',
        signal: run.abort.signal,
      });
      if (current.current !== run) return;
      run.url = URL.createObjectURL(data as unknown as Blob);
      run.audio = new Audio(run.url);
      run.audio.onended = stop;
      await run.audio.play();
      setState('playing');
    } catch (error) {
      if (current.current !== run) return;
      stop();
      toastError(error);
    }
  };

  return (
    <Button
      className={compact ? undefined : 'self-start'}
      size={compact ? 'sm' : undefined}
      variant={compact ? 'ghost' : undefined}
      aria-label={label && (state === 'idle' ? label : `Stop: ${label}`)}
      disabled={!text.trim() || !voice}
      onClick={() => (state === 'idle' ? void play() : stop())}
    >
      {state === 'idle' ? (
        <Play aria-hidden />
      ) : state === 'loading' ? (
        <LoaderCircle className="animate-spin" aria-hidden />
      ) : (
        <Square aria-hidden />
      )}
      {!compact && (state === 'idle' ? 'Play' : 'Stop')}
    </Button>
  );
}
