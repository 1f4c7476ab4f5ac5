// Agents: make one, give it a model, find it again, and meet a conflict.
import { api, expect, makeAgent, picture, signIn, test } from './support.mjs';

test('an agent is made, changed and kept', async ({ page }) => {
  await signIn(page, '/agents');
  await page.getByRole('button', { name: 'New agent' }).first().click();
  await page.getByLabel('Name').fill('Reception');
  await page.getByRole('radio', { name: /Blank/ }).click();
  await picture(page, '04-new-agent');
  await page.getByRole('button', { name: 'Create agent' }).click();
  await expect(page.getByRole('heading', { name: 'Reception' })).toBeVisible();

  await page.getByRole('tab', { name: 'Model' }).click();
  await page.getByRole('combobox', { name: 'Provider' }).click();
  await page.getByRole('option', { name: /OpenAI-compatible/ }).click();
  await page.getByLabel('Base URL').fill(process.env.AIMPACT_TEST_PROVIDER);
  await page.getByLabel('Model name').fill('test-model');
  await page.getByLabel('API key').fill('a-provider-key');
  await picture(page, '05-agent-model');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved as version 2')).toBeVisible();

  await page.reload();
  await page.getByRole('tab', { name: 'Model' }).click();
  await expect(page.getByLabel('Model name')).toHaveValue('test-model');
  await expect(page.getByLabel('API key')).toHaveValue('');
  await page.getByRole('tab', { name: 'Voice' }).click();
  await picture(page, '06-agent-voice');

  await page.getByRole('link', { name: 'Agents' }).first().click();
  await page.getByLabel('Search agents').fill('recep');
  await expect(page.getByRole('link', { name: 'Reception', exact: true })).toBeVisible();
  await page.getByLabel('Search agents').fill('nothing like it');
  await expect(page.getByText('No agent matches')).toBeVisible();
});

test('somebody else’s change is not overwritten', async ({ page, request }) => {
  const agent = await makeAgent(request, { name: 'Contested' });
  await signIn(page, `/agents/edit?id=${agent.id}`);
  await expect(page.getByRole('heading', { name: 'Contested' })).toBeVisible();
  const { access_token: token } = await (
    await request.post('/api/v1/auth/sign-in', {
      data: { email: 'owner@example.com', password: 'correct horse battery staple' },
    })
  ).json();
  await request.patch(`/api/v1/agents/${agent.id}`, {
    headers: { Authorization: `Bearer ${token}` },
    data: { version: 1, description: 'changed elsewhere' },
  });
  await page.getByRole('textbox', { name: 'Instructions' }).fill('Mine.');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText(/somebody|changed/i).first()).toBeVisible();
  await picture(page, '07-conflict');
  const now = await (await api(request)).get(`/api/v1/agents/${agent.id}`);
  expect(now.description).toBe('changed elsewhere');
  expect(now.instructions).toBe('You are the receptionist.');
});

test('an agent is deleted after a question', async ({ page, request }) => {
  await makeAgent(request, { name: 'Short-lived' });
  await signIn(page, '/agents');
  await page.getByRole('button', { name: 'More for Short-lived' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Delete agent' }).click();
  await expect(page.getByRole('link', { name: 'Short-lived', exact: true })).toHaveCount(0);
});

test('a phone number is pointed at an agent', async ({ page, request }) => {
  const agent = await makeAgent(request, { name: 'On the phone', greeting: 'Good morning.' });
  await signIn(page, `/agents/edit?id=${agent.id}`);
  await page.getByRole('tab', { name: 'Phone' }).click();
  const address = page.getByLabel('Webhook of the phone number');
  await expect(address).toHaveValue(new RegExp(`/v1/telephony/twiml/${agent.id}/YOUR_KEY$`));
  await page.getByRole('button', { name: 'Make a key' }).click();
  await expect(page.getByLabel('Key of the phone')).toHaveValue(/^sk-/);
  await picture(page, '08-agent-phone');
  const webhook = await address.inputValue();
  const stream = await page.getByLabel('Address of the media stream').inputValue();
  expect(stream).toMatch(new RegExp(`^ws.*/v1/telephony/media-stream\\?agent=${agent.id}&token=sk-`));
  // What is shown works: a provider that asks there is connected to this agent.
  const twiml = await request.post(webhook, { form: { From: '+491234567', CallSid: 'CA1' } });
  expect(twiml.status()).toBe(200);
  expect(await twiml.text()).toContain(`<Parameter name="agent" value="${agent.id}"/>`);
});

test('how an agent sounds and takes turns is set, saved and kept', async ({ page, request }) => {
  const agent = await makeAgent(request, { name: 'Well-mannered' });
  await signIn(page, `/agents/edit?id=${agent.id}`);
  const choose = async (box, option) => {
    await page.getByRole('combobox', { name: box }).click();
    await page.getByRole('option', { name: option }).click();
  };
  // Sliders are moved as with a keyboard: Home, then so many steps.
  const slide = async (name, steps) => {
    await page.getByRole('slider', { name }).press('Home');
    for (let step = 0; step < steps; step += 1) await page.getByRole('slider', { name }).press('ArrowRight');
  };
  await page.getByRole('tab', { name: 'Voice' }).click();
  await choose('Emotion', /^Sad/);
  await slide('Intensity', 8); // of 0.05
  await choose('Tone towards the caller', /^Soothe/);
  await page.getByRole('switch', { name: 'The model chooses emotions' }).click();
  // Chromium doesn't hand out the body of a Request.
  await page.evaluate(() => {
    const send = window.fetch;
    window.fetch = async (request, ...rest) => {
      if (request.url?.endsWith('/v1/audio/speech')) window.asked = await request.clone().json();
      return send(request, ...rest);
    };
  });
  const said = page.waitForResponse('**/v1/audio/speech');
  await page.getByRole('button', { name: 'Play' }).click();
  expect((await said).status()).toBe(200);
  expect(await page.evaluate(() => window.asked)).toMatchObject({ emotion: 'sad', emotion_intensity: 0.4 });
  await page.getByRole('tab', { name: 'Turn-taking' }).click();
  await choose('What counts as an interruption', /^Words/);
  await slide('Ask a silent caller after', 8);
  await page.getByLabel('What is asked').fill('Are you there?\n\n  Hello?  ');
  await slide('Hang up after', 3);
  await page.getByLabel('Said while a tool works').fill('One moment.');
  await slide('First after', 4); // of 100 ms, from 200
  await slide('Then every', 2); // of 500 ms, from 1000
  await picture(page, '07-agent-turns');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved as version 2')).toBeVisible();
  expect(await (await api(request)).get(`/api/v1/agents/${agent.id}`)).toMatchObject({
    emotion: 'sad',
    emotion_intensity: 0.4,
    tone_policy: 'soothe',
    expressive: true,
    turn_detection: { interruptions: 'adaptive' },
    idle: { after_seconds: 8, prompts: ['Are you there?', 'Hello?'], max_prompts: 3 },
    fillers: { texts: ['One moment.'], after_ms: 600, every_ms: 2000 },
  });

  await page.reload();
  await page.getByRole('tab', { name: 'Voice' }).click();
  await expect(page.getByRole('combobox', { name: 'Emotion' })).toContainText('Sad');
  await expect(page.getByRole('slider', { name: 'Intensity' })).toHaveAttribute('aria-valuenow', '0.4');
  await expect(page.getByRole('combobox', { name: 'Tone towards the caller' })).toContainText('Soothe');
  await expect(page.getByRole('switch', { name: 'The model chooses emotions' })).toBeChecked();
  await page.getByRole('tab', { name: 'Turn-taking' }).click();
  await expect(page.getByRole('combobox', { name: 'What counts as an interruption' })).toContainText('Words');
  await expect(page.getByRole('slider', { name: 'Ask a silent caller after' })).toHaveAttribute('aria-valuenow', '8');
  await expect(page.getByLabel('What is asked')).toHaveValue('Are you there?\nHello?');
  await expect(page.getByRole('slider', { name: 'Hang up after' })).toHaveAttribute('aria-valuenow', '3');
  await expect(page.getByLabel('Said while a tool works')).toHaveValue('One moment.');
  await expect(page.getByRole('slider', { name: 'First after' })).toHaveAttribute('aria-valuenow', '600');
  await expect(page.getByRole('slider', { name: 'Then every' })).toHaveAttribute('aria-valuenow', '2000');
});

test('a value that an agent can’t have is explained beside its field', async ({ page, request }) => {
  const agent = await makeAgent(request, { name: 'Hasty' });
  await signIn(page, `/agents/edit?id=${agent.id}`);
  await page.getByRole('tab', { name: 'Turn-taking' }).click();
  const silent = page.getByRole('region', { name: 'Silent callers' });
  const fillers = page.getByRole('region', { name: 'Fillers' });
  const save = async () => {
    await page.getByRole('tab', { name: 'Prompt' }).click(); // the error leads back
    await page.getByRole('button', { name: 'Save' }).click();
  };
  const after = page.getByRole('slider', { name: 'Ask a silent caller after' });
  await after.press('ArrowRight'); // one second
  await save();
  await expect(silent.getByRole('alert')).toContainText('between 2 and');
  await after.press('ArrowRight');
  await page.getByLabel('What is asked').fill('Hello? '.repeat(200));
  await save();
  await expect(silent.getByRole('alert')).toContainText('bytes');
  await page.getByLabel('What is asked').fill('Hello?');
  await page.getByLabel('Said while a tool works').fill('Hm.\n'.repeat(40));
  await save();
  await expect(fillers.getByRole('alert')).toContainText('at most');
  await picture(page, '07-agent-wrong');
  expect((await (await api(request)).get(`/api/v1/agents/${agent.id}`)).version).toBe(1);
  await page.getByLabel('Said while a tool works').fill('Hm.');
  await save();
  await expect(page.getByText('Saved as version 2')).toBeVisible();
});
