// What every test of the official JavaScript client shares. tests/api/test_javascript.py starts the server and
// sets the environment.
import fs from 'node:fs';
import OpenAI from 'openai';

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests with pytest tests/api/test_javascript.py`);
  return value;
}

export const agent = required('AIMPACT_TEST_AGENT'); // its model repeats what it got: "You said: ..."
export const speechFile = required('AIMPACT_TEST_SPEECH'); // a WAV file, 24 kHz mono 16-bit
export const speechText = required('AIMPACT_TEST_SPEECH_TEXT'); // what is said in it

export const client = new OpenAI({
  baseURL: `${required('AIMPACT_TEST_URL')}/v1`,
  apiKey: required('AIMPACT_TEST_KEY'),
  maxRetries: 0,
  timeout: 60_000,
});

/** The samples of `speechFile`, without its 44 bytes of header. */
export const speechPcm = () => fs.readFileSync(speechFile).subarray(44);

const words = (text) => text.toLowerCase().replace(/[^a-z0-9' ]/g, ' ').split(/\s+/).filter(Boolean);

/** The share of the reference's words that were heard, in any order. */
export function heardShare(reference, heard) {
  const got = new Set(words(heard));
  const expected = words(reference);
  return expected.filter((word) => got.has(word)).length / expected.length;
}
