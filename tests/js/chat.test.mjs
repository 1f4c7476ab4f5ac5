import assert from 'node:assert/strict';
import test from 'node:test';
import OpenAI from 'openai';
import { agent, client } from './support.mjs';

const messages = [{ role: 'user', content: 'hello from node' }];

test('an agent answers', async () => {
  const answer = await client.chat.completions.create({ model: agent, messages });
  assert.equal(answer.choices[0].message.content.trim(), 'You said: hello from node');
  assert.equal(answer.choices[0].finish_reason, 'stop');
  assert.equal(answer.usage.total_tokens, 15);
});

test('an answer is streamed', async () => {
  const pieces = [];
  const stream = client.chat.completions.stream({ model: agent, messages });
  stream.on('content', (delta) => pieces.push(delta));
  const whole = await stream.finalContent();
  assert.ok(pieces.length >= 3, `the answer came in ${pieces.length} pieces`);
  assert.equal(whole.trim(), 'You said: hello from node');
});

test('the local model fills a JSON schema', async () => {
  const schema = {
    type: 'object',
    properties: { colour: { type: 'string', enum: ['red', 'green', 'blue'] } },
    required: ['colour'],
    additionalProperties: false,
  };
  const answer = await client.chat.completions.create({
    model: 'smollm2-135m',
    messages: [{ role: 'user', content: 'What colour is the sky? Answer in JSON.' }],
    response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } },
    max_completion_tokens: 40,
    temperature: 0,
  });
  assert.ok(['red', 'green', 'blue'].includes(JSON.parse(answer.choices[0].message.content).colour));
});

test('errors are of the classes of the client', async () => {
  await assert.rejects(
    client.chat.completions.create({ model: agent, messages: [] }),
    (error) => error instanceof OpenAI.BadRequestError && error.param === 'messages',
  );
  await assert.rejects(client.chat.completions.create({ model: 'gpt-99', messages }), OpenAI.NotFoundError);
  await assert.rejects(
    client.withOptions({ apiKey: 'sk-wrong' }).chat.completions.create({ model: agent, messages }),
    OpenAI.AuthenticationError,
  );
});

test('models are listed', async () => {
  const ids = [];
  for await (const model of client.models.list()) ids.push(model.id);
  assert.ok(ids.includes(agent) && ids.includes('kokoro-82m'), ids.join());
});
