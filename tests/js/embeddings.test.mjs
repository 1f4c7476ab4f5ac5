import assert from 'node:assert/strict';
import test from 'node:test';
import OpenAI from 'openai';
import { client } from './support.mjs';

const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);

// The client asks for base64 by itself and decodes it.
test('similar texts are closer', async () => {
  const answer = await client.embeddings.create({
    model: 'text-embedding-3-small',
    input: ['When do you open?', 'What are your opening hours?', 'My dog likes long walks.'],
  });
  const [one, two, three] = answer.data.map((item) => item.embedding);
  assert.equal(one.length, 384);
  assert.ok(dot(one, two) > dot(one, three) + 0.2);
});

test('an empty text is refused', async () => {
  await assert.rejects(client.embeddings.create({ model: 'all-minilm-l6-v2', input: '' }), OpenAI.BadRequestError);
});
