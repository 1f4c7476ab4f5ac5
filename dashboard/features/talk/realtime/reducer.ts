import type { ServerEvent, WireItem } from './events';
import { initialState, type Phase, type TalkItem, type TalkProblem, type TalkState } from './state';

/** Marks client events whose refusal is of no interest: the answer may have ended before they arrived. */
export const QUIET = 'quiet';

export type TalkAction =
  | { type: 'event'; event: ServerEvent; at: number }
  | { type: 'phase'; phase: Phase; attempt?: number }
  | { type: 'start'; conversationId: string | null; items: readonly TalkItem[]; turns: TalkState['turns'] }
  | { type: 'text-sent'; itemId: string; text: string; at: number }
  | { type: 'call-answered'; itemId: string }
  | { type: 'agent-speaking'; speaking: boolean }
  | { type: 'microphone'; available: boolean }
  | { type: 'muted'; muted: boolean }
  | { type: 'problem'; problem: TalkProblem | null };

export function reduce(state: TalkState, action: TalkAction): TalkState {
  switch (action.type) {
    case 'event':
      return reduceEvent(state, action.event, action.at);
    case 'phase':
      return reducePhase(state, action.phase, action.attempt ?? 0);
    case 'start':
      return {
        ...initialState,
        phase: 'connecting',
        muted: state.muted,
        conversationId: action.conversationId,
        items: action.items,
        turns: action.turns,
      };
    case 'text-sent': {
      const item: TalkItem = { id: action.itemId, kind: 'user', text: action.text, status: 'done' };
      return { ...state, items: [...state.items, item], waitingSince: action.at };
    }
    case 'call-answered':
      return patchItem(state, action.itemId, (item) =>
        item.call ? { ...item, call: { ...item.call, answered: true } } : item,
      );
    case 'agent-speaking':
      return state.agentSpeaking === action.speaking ? state : { ...state, agentSpeaking: action.speaking };
    case 'microphone':
      return { ...state, hasMicrophone: action.available };
    case 'muted':
      return { ...state, muted: action.muted };
    case 'problem':
      return { ...state, problem: action.problem };
  }
}

function reducePhase(state: TalkState, phase: Phase, attempt: number): TalkState {
  if (phase === 'live') {
    // Without a microphone the conversation goes on, and so does the advice.
    const problem = state.problem?.action === 'retry-microphone' ? state.problem : null;
    return { ...state, phase, attempt: 0, problem };
  }
  const quiet = { callerSpeaking: false, agentSpeaking: false, waitingSince: null, activeResponseId: null };
  const items = state.items.map((item) =>
    item.status === 'in_progress' ? { ...item, status: 'interrupted' as const } : item,
  );
  return { ...state, ...quiet, phase, attempt, items };
}

function reduceEvent(state: TalkState, event: ServerEvent, at: number): TalkState {
  switch (event.type) {
    case 'aimpact.conversation':
      return { ...state, conversationId: event.conversation_id };

    case 'input_audio_buffer.speech_started':
      return { ...ensureItem(state, event.item_id, 'user'), callerSpeaking: true, waitingSince: null };
    case 'input_audio_buffer.speech_stopped':
      return { ...state, callerSpeaking: false, waitingSince: at };

    case 'aimpact.input_audio_transcription.partial':
      return patchItem(ensureItem(state, event.item_id, 'user'), event.item_id, (item) =>
        item.status === 'in_progress' ? { ...item, text: event.transcript } : item,
      );
    case 'conversation.item.input_audio_transcription.delta':
      return patchItem(ensureItem(state, event.item_id, 'user'), event.item_id, (item) =>
        confirm(item, event.delta),
      );
    case 'conversation.item.input_audio_transcription.completed':
      if (event.transcript.trim() === '') {
        return {
          ...removeItem(state, event.item_id),
          waitingSince: state.activeResponseId ? state.waitingSince : null,
        };
      }
      return patchItem(
        ensureItem(state, event.item_id, 'user'),
        event.item_id,
        ({ confirmed: _, ...item }) => ({
          ...item,
          text: event.transcript,
          status: 'done',
        }),
      );
    case 'conversation.item.input_audio_transcription.failed':
      return patchItem(ensureItem(state, event.item_id, 'user'), event.item_id, (item) => ({
        ...item,
        status: 'failed',
        note: event.error.message,
      }));

    case 'conversation.item.added':
    case 'conversation.item.done':
      return takeItem(state, event.item, event.type === 'conversation.item.done');
    case 'response.output_item.added':
    case 'response.output_item.done':
      return takeItem(state, event.item, event.type === 'response.output_item.done');
    case 'conversation.item.retrieved':
      return patchItem(state, event.item.id, (item) =>
        item.status === 'interrupted' ? { ...item, heard: textOf(event.item) } : item,
      );
    case 'conversation.item.truncated':
      return patchItem(state, event.item_id, (item) => ({ ...item, status: 'interrupted' }));
    case 'conversation.item.deleted':
      return removeItem(state, event.item_id);

    case 'response.created':
      return { ...state, activeResponseId: event.response.id };
    case 'response.output_audio.delta':
      return answered(state, at);
    case 'response.output_audio_transcript.delta':
      return append(state, event.item_id, event.delta);
    case 'response.output_text.delta':
      return append(answered(state, at), event.item_id, event.delta);
    case 'response.output_audio_transcript.done':
      return settle(state, event.item_id, event.transcript);
    case 'response.output_text.done':
      return settle(state, event.item_id, event.text);
    case 'response.done':
      return responseDone(state, event.response);

    case 'aimpact.turn':
      return withTurn(state, event.turn);
    case 'error':
      if (event.error.event_id === QUIET) return state;
      return { ...state, problem: { title: 'The server could not do that', message: event.error.message } };
    default:
      return state;
  }
}

function ensureItem(state: TalkState, id: string, kind: TalkItem['kind']): TalkState {
  if (state.items.some((item) => item.id === id)) return state;
  return { ...state, items: [...state.items, { id, kind, text: '', status: 'in_progress' }] };
}

function patchItem(state: TalkState, id: string, change: (item: TalkItem) => TalkItem): TalkState {
  return { ...state, items: state.items.map((item) => (item.id === id ? change(item) : item)) };
}

function removeItem(state: TalkState, id: string): TalkState {
  return { ...state, items: state.items.filter((item) => item.id !== id) };
}

function textOf(item: WireItem): string {
  return (item.content ?? []).map((part) => part.transcript ?? part.text ?? '').join('');
}

/** An item as the server tells it; text that has streamed in already is not shortened by it. */
function takeItem(state: TalkState, wire: WireItem, done: boolean): TalkState {
  if (wire.type === 'function_call') {
    const next = ensureItem(state, wire.id, 'function_call');
    return patchItem(next, wire.id, (item) => ({
      ...item,
      text: wire.arguments || item.text,
      status: done ? 'done' : item.status,
      call: {
        name: wire.name ?? '',
        callId: wire.call_id ?? '',
        answered: item.call?.answered ?? false,
      },
    }));
  }
  if (wire.type !== 'message' || (wire.role !== 'user' && wire.role !== 'assistant')) return state;
  const spoken = (wire.content ?? []).some((part) => part.type === 'input_audio');
  const text = textOf(wire);
  return patchItem(ensureItem(state, wire.id, wire.role), wire.id, (item) => {
    if (item.status !== 'in_progress') return item;
    // A spoken turn is done when its transcript is; an interrupted answer says so by its own status.
    const settled = done && !(spoken && text === '') && wire.role === 'assistant';
    const status = settled ? (wire.status === 'incomplete' ? 'interrupted' : 'done') : item.status;
    const typed = wire.role === 'user' && !spoken && text !== '';
    return {
      ...item,
      text: text.length > item.text.length ? text : item.text,
      status: typed ? 'done' : status,
    };
  });
}

/** Deltas are final and add up; a partial that goes on from them stays in view until they catch up. */
function confirm(item: TalkItem, delta: string): TalkItem {
  if (item.status !== 'in_progress') return item;
  const confirmed = (item.confirmed ?? '') + delta;
  return { ...item, confirmed, text: item.text.startsWith(confirmed) ? item.text : confirmed };
}

function append(state: TalkState, id: string, delta: string): TalkState {
  return patchItem(ensureItem(state, id, 'assistant'), id, (item) =>
    item.status === 'in_progress' ? { ...item, text: item.text + delta } : item,
  );
}

function settle(state: TalkState, id: string, text: string): TalkState {
  return patchItem(ensureItem(state, id, 'assistant'), id, (item) =>
    item.status === 'in_progress' ? { ...item, text: text || item.text } : item,
  );
}

/** The first sound or word of an answer ends the wait. */
function answered(state: TalkState, at: number): TalkState {
  if (state.waitingSince === null) return state;
  const turn = { responseMs: Math.max(0, at - state.waitingSince) };
  return { ...state, waitingSince: null, turns: [...state.turns, turn] };
}

function withTurn(state: TalkState, turn: Extract<ServerEvent, { type: 'aimpact.turn' }>['turn']): TalkState {
  if (turn.response_latency_ms === undefined) return state;
  const measured = {
    responseMs: turn.response_latency_ms,
    stages: turn.stages,
    interrupted: turn.interrupted,
  };
  const seen = state.turns.findIndex((known) => known.stages === undefined);
  const turns = seen < 0 ? [...state.turns, measured] : state.turns.with(seen, measured);
  return { ...state, turns };
}

function responseDone(
  state: TalkState,
  response: Extract<ServerEvent, { type: 'response.done' }>['response'],
): TalkState {
  const ended = response.status === 'completed' ? ('done' as const) : ('interrupted' as const);
  const items = state.items.map((item) =>
    item.kind !== 'user' && item.status === 'in_progress' ? { ...item, status: ended } : item,
  );
  const next: TalkState = { ...state, items, activeResponseId: null };
  if (response.status !== 'failed') {
    return response.status === 'completed' ? { ...next, waitingSince: null } : next;
  }
  const message = response.status_details?.error?.message ?? 'The agent could not answer. Say it again.';
  return { ...next, waitingSince: null, problem: { title: 'The answer failed', message } };
}
