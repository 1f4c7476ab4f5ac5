// The point of it all: speak into the microphone, be answered by voice, and find it in the record.
import { api, expect, heardShare, makeAgent, picture, playedSpeech, signIn, silentMicrophone, test } from './support.mjs';

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
