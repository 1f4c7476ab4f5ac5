import { describe, expect, it } from 'vitest';
import type { OwnVoice } from './queries';
import { progressText, similarityText } from './similarity';

const voice = (aimpact: Partial<OwnVoice['aimpact']>): OwnVoice => ({
  id: 'voice_1',
  object: 'audio.voice',
  created_at: 0,
  name: 'Ada',
  aimpact: {
    engine: 'matched',
    status: 'ready',
    progress: 1,
    created_by: 'usr_1',
    consent: { id: 'cons_1' },
    ...aimpact,
  },
});

describe('similarityText', () => {
  it('says the figure and what it means', () => {
    const text = similarityText(
      voice({
        similarity: { raw: 0.741, relative: 0.62 },
        nearest_stock_voice: { id: 'af_heart', similarity: 0.61 },
      }),
    );
    expect(text).toContain('similarity 0.74, 62 % of the way');
    expect(text).toContain('nearest stock voice has 0.61');
  });

  it('never claims more than the same speaker, nor less than another', () => {
    expect(similarityText(voice({ similarity: { raw: 0.95, relative: 1.2 } }))).toContain('100 %');
    expect(similarityText(voice({ similarity: { raw: 0.2, relative: -0.3 } }))).toContain(', 0 %');
    expect(similarityText(voice({}))).toBe('');
  });
});

describe('progressText', () => {
  it('tells being made, refined, failed and finished apart', () => {
    expect(progressText(voice({ status: 'processing', progress: 0.2 }))).toBe('Being made, 20 %');
    expect(progressText(voice({ progress: 0.5 }))).toContain('refined, 50 %');
    expect(progressText(voice({ status: 'failed', error: 'no speech' }))).toBe('It failed: no speech');
    expect(progressText(voice({}))).toBe('');
  });
});
