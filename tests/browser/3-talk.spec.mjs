// The point of it all: speak into the microphone, be answered by voice, and find it in the record.
import { api, expect, heardShare, makeAgent, owner, picture, playedSpeech, signIn, silentMicrophone, test } from './support.mjs';

const said = process.env.AIMPACT_TEST_SAID;
const answer = process.env.AIMPACT_TEST_ANSWER;

test('a real utterance is heard, written down and answered by voice', async ({ page, request }) => {
  test.skip(!said, '../shared/audio is missing: real speech is needed for this test');
  const agent = await makeAgent(request, { name: 'Voice desk' });
  await signIn(page, `/talk?agent=${agent.id}`);
  await page.getByRole('button', { name: 'Start talking' }).click();
  const activity = page.locator('[data-activity]');
  await expect(activity).toHaveAttribute('data-activity', 'listening');
  await expect(activity).toHaveAttribute('data-activity', 'caller');

  const transcript = page.getByRole('region', { name: 'Transcript' });
  const caller = transcript.getByText(/^Caller:/).first().locator('..');
  // Partials show while the caller still speaks.
  await expect(caller).toContainText(/[a-z]{2,} [a-z]{2,}/i);
  await picture(page, '08-talk-partial');

  await expect(activity).toHaveAttribute('data-activity', 'agent', { timeout: 20_000 });
  await picture(page, '09-talk-answer');
  await expect(transcript).toContainText('Thank you for calling');
  expect(heardShare(said, (await caller.textContent()) ?? '')).toBeGreaterThanOrEqual(0.6);
  await expect(activity).toHaveAttribute('data-activity', 'listening', { timeout: 20_000 });
  await expect(page.getByTestId('last-latency')).toHaveText(/\d/);

  const { wav, seconds } = await playedSpeech(page);
  expect(seconds).toBeGreaterThan(2);
  const heard = await (await api(request)).transcribe(wav);
  expect(heardShare(answer, heard), heard).toBeGreaterThanOrEqual(0.7);

  await page.getByRole('button', { name: 'End', exact: true }).click();
  await page.getByRole('link', { name: 'See its record' }).click();
  await expect(page.getByRole('heading', { name: 'Voice desk' })).toBeVisible();
  await expect(page.getByRole('button', { name: /^Answered after .*Transcri|^Answered after/ })).toBeVisible();
  await expect(page.getByText('Thank you for calling').first()).toBeVisible();
  await picture(page, '10-conversation');
  await page.getByRole('link', { name: 'Conversations' }).first().click();
  await expect(page.getByRole('link', { name: 'Voice desk' }).first()).toBeVisible();
  await picture(page, '11-conversations');
});

test('typed words are answered by voice, and the answer can be stopped', async ({ page, request }) => {
  const agent = await makeAgent(request, { name: 'Typed desk' });
  await silentMicrophone(page);
  await signIn(page, `/talk?agent=${agent.id}`);
  await page.getByRole('button', { name: 'Start talking' }).click();
  await page.getByRole('button', { name: 'Mute microphone' }).click();
  await page.getByLabel('Message').fill('When are you open?');
  await page.getByRole('button', { name: 'Send' }).click();
  const activity = page.locator('[data-activity]');
  await expect(activity).toHaveAttribute('data-activity', 'agent');
  await page.getByRole('button', { name: 'Stop the answer' }).click();
  await expect(activity).not.toHaveAttribute('data-activity', 'agent', { timeout: 3_000 });
  await expect(page.getByText('Interrupted')).toBeVisible();
});

test('a conversation goes on after it has ended', async ({ page, request }) => {
  const agent = await makeAgent(request, { name: 'Long memory' });
  await silentMicrophone(page);
  await signIn(page, `/talk?agent=${agent.id}`);
  const ask = async (text) => {
    await page.getByLabel('Message').fill(text);
    await page.getByLabel('Message').press('Enter');
    await expect(page.getByRole('region', { name: 'Transcript' })).toContainText(text);
  };
  await page.getByRole('button', { name: 'Start talking' }).click();
  await ask('My name is Ada.');
  await expect(page.getByText('Thank you for calling').first()).toBeVisible();
  await page.getByRole('button', { name: 'End', exact: true }).click();
  await page.getByRole('button', { name: 'Continue it' }).click();
  await ask('What is my name?');
  await expect(page.getByText('Thank you for calling')).toHaveCount(3); // two bubbles, and the announcer's last lines
  await page.getByRole('button', { name: 'End', exact: true }).click();
  const listed = await (await api(request)).get(`/api/v1/conversations?agent_id=${agent.id}`);
  expect(listed.data.length).toBe(1);
});

test('without a microphone one can still type', async ({ page, request, context }) => {
  await context.clearPermissions();
  const agent = await makeAgent(request, { name: 'No microphone' });
  await page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotFoundError'));
  });
  await signIn(page, `/talk?agent=${agent.id}`);
  await page.getByRole('button', { name: 'Start talking' }).click();
  await expect(page.getByText('No microphone was found')).toBeVisible();
  await page.getByLabel('Message').fill('Hello?');
  await page.getByLabel('Message').press('Enter');
  await expect(page.getByRole('region', { name: 'Transcript' })).toContainText('Thank you for calling');
});

// Says "Right." into a running answer, as a client with a microphone does; the conversation's id.
async function listenTo(page, request, agent) {
  const signed = await request.post('/api/v1/auth/sign-in', {
    data: { email: owner.email, password: owner.password },
  });
  const { access_token: token } = await signed.json();
  return page.evaluate(
    async ({ token, agent }) => {
      const spoken = await fetch('/v1/audio/speech', {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ model: 'kokoro-82m', input: 'Right.', voice: 'am_michael', response_format: 'pcm' }),
      });
      const right = new Uint8Array(await spoken.arrayBuffer());
      const second = 48_000; // bytes of PCM16 at 24 kHz
      const microphone = new Uint8Array(2 * second + right.length + 2 * second);
      microphone.set(right, 2 * second);
      const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/v1/realtime?model=${agent}`, [
        'realtime',
        `openai-insecure-api-key.${token}`,
      ]);
      const send = (event) => socket.send(JSON.stringify(event));
      const talk = async () => {
        const frame = second / 10;
        const begun = performance.now();
        for (let at = 0; at < microphone.length && socket.readyState === WebSocket.OPEN; at += frame) {
          const due = begun + (1000 * at) / second - performance.now();
          if (due > 0) await new Promise((resolve) => setTimeout(resolve, due));
          const bytes = String.fromCharCode(...microphone.subarray(at, at + frame));
          send({ type: 'input_audio_buffer.append', audio: btoa(bytes) });
        }
      };
      return new Promise((resolve, reject) => {
        let conversation;
        let talking = false;
        setTimeout(() => reject(new Error('no interruption was told')), 40_000);
        socket.onclose = ({ code, reason }) => reject(new Error(`closed: ${code} ${reason}`));
        socket.onmessage = ({ data }) => {
          const event = JSON.parse(data);
          if (event.type === 'aimpact.conversation') {
            conversation = event.conversation_id;
            const content = [{ type: 'input_text', text: 'Tell me everything.' }];
            send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
            send({ type: 'response.create' });
          }
          if (event.type === 'response.output_audio.delta' && !talking) {
            talking = true;
            void talk();
          }
          if (event.type === 'aimpact.interruption') {
            socket.onclose = () => resolve(conversation);
            // The record follows the event.
            setTimeout(() => socket.close(), 500);
          }
        };
      });
    },
    { token, agent },
  );
}

test('the record shows an answer that a listener’s word did not end', async ({ page, request }) => {
  const agent = await makeAgent(request, {
    name: 'Listened to',
    turn_detection: { type: 'semantic_vad', interruptions: 'adaptive' },
  });
  await signIn(page, '/');
  const conversation = await listenTo(page, request, agent.id);
  await page.goto(`/conversations/view?id=${conversation}`);
  const sounds = page.getByRole('list', { name: 'Sounds over the answer' });
  await expect(sounds).toContainText(/At \d.*“Right.*”, paused for \d/);
  await expect(sounds.getByText('Went on')).toBeVisible();
  await expect(page.getByText('Interrupted')).toHaveCount(0);
  await picture(page, '12-went-on');
});
