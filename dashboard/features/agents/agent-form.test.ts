import { describe, expect, it } from 'vitest';
import { checkParameters, tabOf, toForm, toPatch, usedVariables } from './agent-form';
import type { Agent } from './queries';

const agent: Agent = {
  id: 'agt_01kag5v5c1zqj0d8y4k2m9x7rt',
  name: 'Front desk',
  description: '',
  instructions: 'You are at {{practice}}.',
  variables: { practice: 'Hill Street', city: 'Leeds' },
  greeting: '',
  voice: 'af_heart',
  emotion: 'calm',
  emotion_intensity: 0.5,
  expressive: true,
  tone_policy: 'soothe',
  speed: 1,
  language: 'en-US',
  model: {
    provider: 'openai_compatible',
    name: 'large',
    base_url: 'https://models.example.com/v1',
    has_api_key: true,
    temperature: 0.7,
    max_output_tokens: 512,
  },
  turn_detection: { type: 'server_vad', silence_duration_ms: 700 } as Agent['turn_detection'],
  store_audio: false,
  idle: { after_seconds: 10, prompts: ['Are you there?', 'Hello?'], max_prompts: 2 },
  fillers: { texts: ['One moment.'], after_ms: 1000, every_ms: 6000 },
  tools: [{ type: 'function', name: 'get_hours', parameters: { type: 'object' } }],
  version: 3,
  created_at: '2026-11-24T08:00:00.000Z',
  updated_at: '2026-11-24T08:00:00.000Z',
};

describe('the agent form', () => {
  it('comes back as it went, at the version it was read', () => {
    const patch = toPatch(toForm(agent), 3);
    expect(patch).toMatchObject({
      version: 3,
      name: 'Front desk',
      variables: agent.variables,
      tools: agent.tools,
      emotion_intensity: 0.5,
      expressive: true,
      tone_policy: 'soothe',
      idle: agent.idle,
      fillers: agent.fillers,
      turn_detection: { type: 'server_vad', silence_duration_ms: 700, threshold: 0.5 },
    });
  });

  it('sends a key only when one was typed, and an empty one to remove it', () => {
    const form = toForm(agent);
    expect(toPatch(form, 1).model).not.toHaveProperty('api_key');
    form.model.api_key = 'secret';
    expect(toPatch(form, 1).model?.api_key).toBe('secret');
    form.model.api_key = '';
    form.model.remove_api_key = true;
    expect(toPatch(form, 1).model?.api_key).toBe('');
  });

  it('sends no address with the local model', () => {
    const form = toForm(agent);
    form.model.provider = 'local';
    form.model.api_key = 'secret';
    expect(toPatch(form, 1).model).toEqual({
      provider: 'local',
      name: 'large',
      temperature: 0.7,
      max_output_tokens: 512,
    });
  });

  it('finds the variables that a template uses', () => {
    expect(usedVariables('{{a}} {{ b_2 }} {{{{literal}} {{Not}} {{a}}', '{{c}}')).toEqual(['a', 'b_2', 'c']);
  });

  it('explains parameters that are no schema', () => {
    expect(checkParameters('')).toBe(true);
    expect(checkParameters('{"type":"object"}')).toBe(true);
    expect(checkParameters('[1]')).toMatch(/JSON object/);
    expect(checkParameters('{')).toMatch(/not valid JSON/);
  });

  it('knows the tab of a field', () => {
    expect(tabOf('tools[2].name')).toBe('tools');
    expect(tabOf('model.base_url')).toBe('model');
    expect(tabOf('variables.x')).toBe('prompt');
  });
});
