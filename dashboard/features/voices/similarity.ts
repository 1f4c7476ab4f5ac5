import type { OwnVoice } from './queries';

/** How near a matched voice is to its sample, in plain words; empty where nothing was measured. */
export function similarityText(voice: OwnVoice): string {
  const { similarity, nearest_stock_voice: nearest } = voice.aimpact;
  if (!similarity) return '';
  const percent = Math.round(Math.min(1, Math.max(0, similarity.relative)) * 100);
  const text = `Matched to the sample: similarity ${similarity.raw.toFixed(2)}, ${percent} % of the way from somebody else’s voice to the same speaker’s`;
  return nearest ? `${text}; the nearest stock voice has ${nearest.similarity.toFixed(2)}` : text;
}

/** What a voice waits for; empty when it is finished. */
export function progressText(voice: OwnVoice): string {
  const { status, progress, error } = voice.aimpact;
  const percent = `${Math.round(progress * 100)} %`;
  if (status === 'failed') return error ? `It failed: ${error}` : 'It failed.';
  if (status === 'processing') return `Being made, ${percent}`;
  return progress < 1 ? `It speaks already and is being refined, ${percent}` : '';
}
