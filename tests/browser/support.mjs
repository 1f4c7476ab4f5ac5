// What the browser tests share: the page fixture that fails on console errors and policy violations, sign-in,
// screenshots, and what the loudspeaker played.
import fs from 'node:fs';
import path from 'node:path';
import { test as base, expect } from '@playwright/test';

export const owner = {
  name: 'Olive Owner',
  email: 'owner@example.com',
  organisation: 'Acme',
  password: 'correct horse battery staple',
};

const screenshots = process.env.AIMPACT_SCREENSHOTS;

/** Saves a picture for a person to look at. */
export async function picture(page, name) {
  if (screenshots) await page.screenshot({ path: path.join(screenshots, `${name}.png`) });
}

// Runs in the page before its own scripts: copies everything that goes to the loudspeaker, and notes violations.
function instrument() {
  window.violations = [];
  document.addEventListener('securitypolicyviolation', (event) =>
    window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}`),
  );
  window.played = { rate: 0, blocks: [] };
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode && !this.tapped) {
      this.tapped = true;
      const tap = this.context.createScriptProcessor(4096, 1, 1);
      window.played.rate = this.context.sampleRate;
      tap.onaudioprocess = ({ inputBuffer }) => {
        const block = inputBuffer.getChannelData(0);
        if (block.some((sample) => sample !== 0)) window.played.blocks.push(Array.from(block));
      };
      connect.call(this, tap);
      connect.call(tap, target);
    }
    return connect.call(this, target, ...rest);
  };
}

export const test = base.extend({
  page: async ({ page }, use) => {
    const errors = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => {
      // Answers that the page handles, but Chromium reports as errors: no session yet, a wrong field, and a conflict.
      const { url } = message.location();
      const expected =
        (message.text().includes('400') && /\/api\/v1\/words$/.test(url)) ||
        (message.text().includes('400') && /\/v1\/audio\/voice_consents$/.test(url)) ||
        (message.text().includes('403') && /\/v1\/audio\/voices$/.test(url)) ||
        (message.text().includes('401') && /\/auth\/(refresh|sign-in)$/.test(url)) ||
        (/40[09]/.test(message.text()) && /\/agents\/agt_\w+$/.test(url));
      if (message.type() === 'error' && !expected) errors.push(`${message.text()} (${message.location().url})`);
    });
    page.on('request', (request) => {
      const url = new URL(request.url());
      const ours = new URL(process.env.AIMPACT_TEST_URL).host;
      if (/^(http|ws)/.test(url.protocol) && url.host !== ours) errors.push(`a request to another host: ${url}`);
    });
    await page.addInitScript(instrument);
    await use(page);
    const violations = await page.evaluate(() => window.violations ?? []).catch(() => []);
    expect(errors, 'console errors').toEqual([]);
    expect(violations, 'violations of the content security policy').toEqual([]);
  },
});

/** Signs in by the form; the session stays in the context's cookie. */
export async function signIn(page, next = '/') {
  await page.goto(next);
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).not.toHaveURL(/\/sign-in/);
  await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
}

/** An HTTP client with an owner's token: for what a test needs but isn't about. */
export async function api(request) {
  const answer = await request.post('/api/v1/auth/sign-in', {
    data: { email: owner.email, password: owner.password },
  });
  const headers = { Authorization: `Bearer ${(await answer.json()).access_token}` };
  return {
    post: async (url, data) => {
      const made = await request.post(url, { headers, data });
      expect(made.ok(), await made.text()).toBe(true);
      return made.json();
    },
    get: async (url) => (await request.get(url, { headers })).json(),
    transcribe: async (wav) => {
      const multipart = { model: 'whisper-1', file: { name: 'a.wav', mimeType: 'audio/wav', buffer: wav } };
      const heard = await request.post('/v1/audio/transcriptions', { headers, multipart });
      expect(heard.ok(), await heard.text()).toBe(true);
      return (await heard.json()).text;
    },
  };
}

/** An agent whose model is the test's own. */
export async function makeAgent(request, fields = {}) {
  return (await api(request)).post('/api/v1/agents', {
    name: 'Front desk',
    instructions: 'You are the receptionist.',
    model: { provider: 'openai_compatible', name: 'test', base_url: process.env.AIMPACT_TEST_PROVIDER },
    ...fields,
  });
}

/** Everything the loudspeaker played so far, as a WAV file, and its length in seconds. */
export async function playedSpeech(page) {
  const { rate, blocks } = await page.evaluate(() => window.played);
  const samples = blocks.flat();
  const pcm = Buffer.alloc(samples.length * 2);
  samples.forEach((sample, at) => pcm.writeInt16LE(Math.round(Math.max(-1, Math.min(1, sample)) * 32767), at * 2));
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
  const wav = Buffer.concat([head, pcm]);
  if (screenshots) fs.writeFileSync(path.join(screenshots, 'answer.wav'), wav);
  return { wav, seconds: samples.length / (rate || 1) };
}

const words = (text) => text.toLowerCase().replace(/[^a-z0-9' ]/g, ' ').split(/\s+/).filter(Boolean);

/** The share of the reference's words that were heard. */
export function heardShare(reference, heard) {
  const got = new Set(words(heard));
  const expected = words(reference);
  return expected.filter((word) => got.has(word)).length / expected.length;
}

export { expect };

// For typed conversations: a microphone in a silent room. Chromium's fake one speaks from the moment it is opened,
// before anybody could mute it.
export async function silentMicrophone(page) {
  await page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = async () => new AudioContext().createMediaStreamDestination().stream;
  });
}
