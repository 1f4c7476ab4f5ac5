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
