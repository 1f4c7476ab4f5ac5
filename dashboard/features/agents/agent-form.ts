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
};

export function toForm(agent: Agent): AgentForm {
  return {
    name: agent.name,
    description: agent.description,
    instructions: agent.instructions,
    variables: Object.entries(agent.variables).map(([name, value]) => ({ name, value })),
    greeting: agent.greeting,
    voice: agent.voice,
    emotion: agent.emotion,
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
    tools: agent.tools.map((tool) => ({
      name: tool.name,
      description: tool.description ?? '',
      parameters: tool.parameters ? JSON.stringify(tool.parameters, null, 2) : '',
    })),
  };
}

export function toPatch(form: AgentForm, version: number): Schemas['AgentPatch'] {
  const { variables, model, tools, ...plain } = form;
  const { api_key, remove_api_key, base_url, ...route } = model;
  return {
    ...plain,
    version,
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
  if (['voice', 'emotion', 'speed', 'language'].includes(field)) return 'voice';
  if (field === 'model') return 'model';
  if (field === 'turn_detection' || field === 'store_audio') return 'turns';
  if (field === 'tools') return 'tools';
  return 'prompt';
}
