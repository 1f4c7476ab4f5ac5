import type { Schemas } from '@/lib/api/client';
import type { Agent } from './queries';

/** The agent as the editor holds it: maps as lists (so that rows keep their order), schemas as text. */
export interface AgentForm {
  name: string;
  description: string;
  instructions: string;
  variables: { name: string; value: string }[];
  greeting: string;
  voice: string;
  emotion: Schemas['EmotionId'];
  /** 0 to 1: how strongly the emotion is said. */
  emotion_intensity: number;
  expressive: boolean;
  tone_policy: Schemas['TonePolicy'];
  speed: number;
  language: string;
  model: {
    provider: 'local' | 'openai_compatible';
    name: string;
    base_url: string;
    /** Typed anew, or empty; the stored key never comes back from the server. */
    api_key: string;
    remove_api_key: boolean;
    temperature: number;
    max_output_tokens: number;
  };
  turn_detection: Required<Schemas['TurnDetection']>;
  store_audio: boolean;
  /** Lines of text: one sentence each. */
  idle: { after_seconds: number; prompts: string; max_prompts: number };
  fillers: { texts: string; after_ms: number; every_ms: number };
  tools: { name: string; description: string; parameters: string }[];
}

const turnDefaults: Required<Schemas['TurnDetection']> = {
  type: 'semantic_vad',
  threshold: 0.5,
  prefix_padding_ms: 300,
  silence_duration_ms: 500,
  eagerness: 'auto',
  create_response: true,
  interrupt_response: true,
  interruptions: 'vad',
};

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

export function toForm(agent: Agent): AgentForm {
  return {
    name: agent.name,
    description: agent.description,
    instructions: agent.instructions,
    variables: Object.entries(agent.variables).map(([name, value]) => ({ name, value })),
    greeting: agent.greeting,
    voice: agent.voice,
    emotion: agent.emotion,
    emotion_intensity: agent.emotion_intensity,
    expressive: agent.expressive,
    tone_policy: agent.tone_policy,
    speed: agent.speed,
    language: agent.language,
    model: {
      provider: agent.model.provider,
      name: agent.model.name,
      base_url: agent.model.base_url ?? '',
      api_key: '',
      remove_api_key: false,
      temperature: agent.model.temperature,
      max_output_tokens: agent.model.max_output_tokens,
    },
    turn_detection: { ...turnDefaults, ...agent.turn_detection },
    store_audio: agent.store_audio,
    idle: {
      after_seconds: agent.idle.after_seconds ?? 0,
      prompts: (agent.idle.prompts ?? []).join('\n'),
      max_prompts: agent.idle.max_prompts ?? 2,
    },
    fillers: {
      texts: (agent.fillers.texts ?? []).join('\n'),
      after_ms: agent.fillers.after_ms ?? 1000,
      every_ms: agent.fillers.every_ms ?? 6000,
    },
    tools: agent.tools.map((tool) => ({
      name: tool.name,
      description: tool.description ?? '',
      parameters: tool.parameters ? JSON.stringify(tool.parameters, null, 2) : '',
    })),
  };
}

export function toPatch(form: AgentForm, version: number): Schemas['AgentPatch'] {
  const { variables, model, tools, idle, fillers, ...plain } = form;
  const { api_key, remove_api_key, base_url, ...route } = model;
  return {
    ...plain,
    version,
    idle: { ...idle, prompts: lines(idle.prompts) },
    fillers: { ...fillers, texts: lines(fillers.texts) },
    variables: Object.fromEntries(variables.map(({ name, value }) => [name, value])),
    model: {
      ...route,
      ...(model.provider === 'openai_compatible' && {
        base_url,
        ...(api_key ? { api_key } : remove_api_key ? { api_key: '' } : {}),
      }),
    },
    tools: tools.map(({ name, description, parameters }) => ({
      type: 'function' as const,
      name,
      ...(description && { description }),
      ...(parameters.trim() && { parameters: JSON.parse(parameters) as Record<string, unknown> }),
    })),
  };
}

/** Names in `{{double braces}}` that the instructions or greeting use, each once. */
export function usedVariables(...templates: string[]): string[] {
  const names = new Set<string>();
  for (const template of templates) {
    // `{{{{` writes two braces and begins no variable.
    for (const [, name] of template
      .replaceAll('{{{{', '')
      .matchAll(/\{\{\s*([a-z_][a-z0-9_]{0,63})\s*\}\}/g)) {
      names.add(name!);
    }
  }
  return [...names];
}

/** Why a text is no JSON Schema of an object, or true. */
export function checkParameters(text: string): true | string {
  if (!text.trim()) return true;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return 'Write a JSON object, such as {"type": "object", "properties": {}}.';
    }
    return true;
  } catch (error) {
    return `This is not valid JSON: ${(error as Error).message}.`;
  }
}

/** The tab on which a field of the API lives, so that an error can lead to it. */
export function tabOf(param: string): string {
  const field = param.split(/[.[]/)[0] ?? '';
  if (
    ['voice', 'emotion', 'emotion_intensity', 'expressive', 'tone_policy', 'speed', 'language'].includes(
      field,
    )
  )
    return 'voice';
  if (field === 'model') return 'model';
  if (['turn_detection', 'store_audio', 'idle', 'fillers'].includes(field)) return 'turns';
  if (field === 'tools') return 'tools';
  return 'prompt';
}
