import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import OpenAI, { toFile } from 'openai';
import { client, heardShare, speechFile, speechText } from './support.mjs';

test('an utterance is transcribed', async () => {
  const answer = await client.audio.transcriptions.create({
    model: 'whisper-1',
    file: fs.createReadStream(speechFile),
  });
  assert.ok(heardShare(speechText, answer.text) >= 0.6, answer.text);
});

test('a transcription is streamed', async () => {
  const stream = await client.audio.transcriptions.create({
    model: 'moonshine-tiny-en',
    file: fs.createReadStream(speechFile),
    stream: true,
  });
  let done;
  for await (const event of stream) if (event.type === 'transcript.text.done') done = event.text;
  assert.ok(heardShare(speechText, done) >= 0.6, done);
});

for (const format of ['mp3', 'wav', 'opus', 'flac']) {
  test(`speech as ${format} is recognised back`, async () => {
    const text = 'Good morning, the shop opens at nine today.';
    const spoken = await client.audio.speech.create({
      model: 'kokoro-82m',
      voice: 'alloy',
      input: text,
      response_format: format,
    });
    const bytes = Buffer.from(await spoken.arrayBuffer());
    const file = await toFile(bytes, `speech.${format}`);
    const heard = await client.audio.transcriptions.create({ model: 'whisper-1', file });
    assert.ok(heardShare('good morning the shop opens at', heard.text) >= 0.8, heard.text);
  });
}

test('speech comes as it is made', async () => {
  const input = Array.from({ length: 6 }, (_, n) => `This is sentence number ${n}, which takes a while.`).join(' ');
  const spoken = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input, response_format: 'pcm' });
  const sizes = [];
  for await (const piece of spoken.body) sizes.push(piece.length);
  assert.ok(sizes.length >= 3, `the audio came in ${sizes.length} pieces`);
});

test('what is no audio is refused', async () => {
  const file = await toFile(Buffer.from('no audio at all'.repeat(50)), 'a.wav');
  await assert.rejects(
    client.audio.transcriptions.create({ model: 'whisper-1', file }),
    (error) => error instanceof OpenAI.APIError && [400, 415].includes(error.status),
  );
});
