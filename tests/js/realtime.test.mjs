import assert from 'node:assert/strict';
import test from 'node:test';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { toFile } from 'openai';
import { agent, client, heardShare, speechPcm, speechText } from './support.mjs';

/** An open session; `next(type)` resolves with the next event of that type, and rejects at an error event. */
async function connect(t) {
  const realtime = new OpenAIRealtimeWS({ model: agent }, client);
  const events = [];
  const waiting = [];
  let failure;
  realtime.on('error', (error) => {
    failure = error;
    for (const waiter of waiting.splice(0)) waiter.reject(error);
  });
  realtime.on('event', (event) => {
    events.push(event);
    const found = waiting.findIndex((waiter) => waiter.type === event.type);
    if (found >= 0) waiting.splice(found, 1)[0].resolve(event);
  });
  t.after(() => realtime.close());
  const next = (type) =>
    failure
      ? Promise.reject(failure)
      : new Promise((resolve, reject) => waiting.push({ type, resolve, reject }));
  await next('session.created');
  return { realtime, events, next };
}

function wav(pcm, rate) {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + pcm.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(pcm.length, 40);
  return Buffer.concat([head, pcm]);
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

test('a written conversation', async (t) => {
  const { realtime, next } = await connect(t);
  realtime.send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } });
  assert.deepEqual((await next('session.updated')).session.output_modalities, ['text']);
  for (const text of ['first', 'second']) {
    realtime.send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
    });
    const done = next('response.output_text.done');
    const finished = next('response.done');
    realtime.send({ type: 'response.create' });
    assert.equal((await done).text.trim(), `You said: ${text}`);
    assert.equal((await finished).response.status, 'completed');
  }
});

test('a spoken conversation: the words go in, and the answer is heard', async (t) => {
  const { realtime, events, next } = await connect(t);
  const transcribed = next('conversation.item.input_audio_transcription.completed');
  const finished = next('response.done');
  const speech = Buffer.concat([Buffer.alloc(24000), speechPcm(), Buffer.alloc(24000 * 2 * 3)]);
  for (let at = 0; at < speech.length; at += 4800) {
    realtime.send({
      type: 'input_audio_buffer.append',
      audio: speech.subarray(at, at + 4800).toString('base64'),
    });
    await sleep(100); // as a microphone would
    if (events.some((event) => event.type === 'response.done')) break;
  }
  const { transcript } = await transcribed;
  assert.ok(heardShare(speechText, transcript) >= 0.6, transcript);
  const { response } = await finished;
  assert.equal(response.status, 'completed');
  const audio = events
    .filter((event) => event.type === 'response.output_audio.delta')
    .map((event) => Buffer.from(event.delta, 'base64'));
  const file = await toFile(wav(Buffer.concat(audio), 24000), 'reply.wav');
  const heard = await client.audio.transcriptions.create({ model: 'whisper-1', file });
  assert.ok(heardShare(transcript, heard.text) >= 0.5, `${transcript} was answered by ${heard.text}`);
  const order = ['input_audio_buffer.speech_started', 'input_audio_buffer.speech_stopped', 'response.created', 'response.done'];
  const positions = order.map((type) => events.findIndex((event) => event.type === type));
  assert.deepEqual(positions, [...positions].sort((a, b) => a - b));
  assert.ok(positions.every((position) => position >= 0), events.map((event) => event.type).join());
});

test('an error names the event that caused it', async (t) => {
  const { realtime } = await connect(t);
  const error = await new Promise((resolve) => {
    realtime.on('error', resolve);
    realtime.send({ type: 'conversation.item.retrieve', item_id: 'item_none', event_id: 'mine' });
  });
  assert.equal(error.error.event_id ?? error.event_id, 'mine');
});
