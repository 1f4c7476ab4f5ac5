import { describe, expect, it } from 'vitest';
import { parseEvent, type ServerEvent } from './events';
import { QUIET, reduce } from './reducer';
import { activity, initialState, type TalkState } from './state';

const live: TalkState = { ...initialState, phase: 'live', hasMicrophone: true };

/** Plays events, one every 100 ms from t = 1000. */
function play(events: ServerEvent[], from = live): TalkState {
  return events.reduce(
    (state, event, n) => reduce(state, { type: 'event', event, at: 1000 + n * 100 }),
    from,
  );
}

const spokenTurn: ServerEvent[] = [
  { type: 'input_audio_buffer.speech_started', item_id: 'u1', audio_start_ms: 0 },
  { type: 'aimpact.input_audio_transcription.partial', item_id: 'u1', transcript: 'When do your' },
  { type: 'aimpact.input_audio_transcription.partial', item_id: 'u1', transcript: 'When do you open' },
  { type: 'input_audio_buffer.speech_stopped', item_id: 'u1', audio_end_ms: 1200 },
  {
    type: 'conversation.item.added',
    item: { id: 'u1', type: 'message', role: 'user', content: [{ type: 'input_audio' }] },
  },
  {
    type: 'conversation.item.input_audio_transcription.completed',
    item_id: 'u1',
    transcript: 'When do you open?',
  },
];

const answer: ServerEvent[] = [
  { type: 'response.created', response: { id: 'r1', status: 'in_progress' } },
  {
    type: 'response.output_item.added',
    response_id: 'r1',
    item: { id: 'a1', type: 'message', role: 'assistant' },
  },
  { type: 'response.output_audio_transcript.delta', response_id: 'r1', item_id: 'a1', delta: 'At nine' },
  { type: 'response.output_audio.delta', response_id: 'r1', item_id: 'a1', delta: '' },
  { type: 'response.output_audio_transcript.delta', response_id: 'r1', item_id: 'a1', delta: " o'clock." },
];

const done: ServerEvent = { type: 'response.done', response: { id: 'r1', status: 'completed' } };

describe('the talk reducer', () => {
  it('revises partials and ends with the final transcript', () => {
    expect(play(spokenTurn.slice(0, 3)).items[0]).toMatchObject({
      text: 'When do you open',
      status: 'in_progress',
    });
    expect(play(spokenTurn).items).toEqual([
      { id: 'u1', kind: 'user', text: 'When do you open?', status: 'done' },
    ]);
  });

  it('appends deltas, which never shrink', () => {
    const delta = (text: string): ServerEvent => ({
      type: 'conversation.item.input_audio_transcription.delta',
      item_id: 'u1',
      delta: text,
    });
    expect(play([delta('When do'), delta(' you open')]).items[0]?.text).toBe('When do you open');
  });

  it('shows a partial in full while deltas catch up with it', () => {
    const partial = (transcript: string): ServerEvent => ({
      type: 'aimpact.input_audio_transcription.partial',
      item_id: 'u1',
      transcript,
    });
    const delta = (text: string): ServerEvent => ({
      type: 'conversation.item.input_audio_transcription.delta',
      item_id: 'u1',
      delta: text,
    });
    const events = [partial('When do'), delta('When'), partial('When did you'), delta(' do')];
    expect(play(events.slice(0, 2)).items[0]?.text).toBe('When do');
    expect(play(events).items[0]?.text).toBe('When do');
    expect(play([...events, delta(' you open?')]).items[0]?.text).toBe('When do you open?');
  });

  it('keeps the advice about a missing microphone when the conversation starts', () => {
    const problem = { title: 'No microphone', message: 'Connect one.', action: 'retry-microphone' as const };
    const state = reduce(reduce(live, { type: 'problem', problem }), { type: 'phase', phase: 'live' });
    expect(state.problem).toEqual(problem);
    const lost = { title: 'Lost', message: '', action: 'restart' as const };
    expect(reduce({ ...live, problem: lost }, { type: 'phase', phase: 'live' }).problem).toBeNull();
  });

  it('drops an utterance that turned out to hold no words', () => {
    const state = play([
      ...spokenTurn.slice(0, 4),
      { type: 'conversation.item.input_audio_transcription.completed', item_id: 'u1', transcript: ' ' },
    ]);
    expect(state.items).toEqual([]);
    expect(activity(state)).toBe('listening');
  });

  it('measures from the end of speech to the first audio', () => {
    const state = play([...spokenTurn, ...answer, done]);
    // stopped at event 3, first audio at event 9
    expect(state.turns).toEqual([{ responseMs: 600 }]);
    expect(state.items[1]).toMatchObject({ id: 'a1', text: "At nine o'clock.", status: 'done' });
  });

  it("prefers the server's timeline, whenever it comes", () => {
    const state = play([
      ...spokenTurn,
      ...answer,
      done,
      {
        type: 'aimpact.turn',
        turn: {
          turn_index: 0,
          started_at: '2026-11-24T08:00:00.000Z',
          interrupted: false,
          stages: { stt_ms: 90, llm_ms: 210 },
          response_latency_ms: 640,
          input_tokens: 10,
          output_tokens: 5,
        },
      },
    ]);
    expect(state.turns).toEqual([
      { responseMs: 640, stages: { stt_ms: 90, llm_ms: 210 }, interrupted: false },
    ]);
  });

  it('marks what was interrupted and shows what was heard', () => {
    const state = play([
      ...spokenTurn,
      ...answer,
      { type: 'input_audio_buffer.speech_started', item_id: 'u2', audio_start_ms: 5000 },
      {
        type: 'response.done',
        response: { id: 'r1', status: 'cancelled', status_details: { reason: 'turn_detected' } },
      },
      { type: 'conversation.item.truncated', item_id: 'a1', audio_end_ms: 400 },
      {
        type: 'conversation.item.retrieved',
        item: {
          id: 'a1',
          type: 'message',
          role: 'assistant',
          content: [{ type: 'output_audio', transcript: 'At nine' }],
        },
      },
    ]);
    expect(state.items[1]).toMatchObject({ status: 'interrupted', heard: 'At nine' });
    expect(activity(state)).toBe('caller');
  });

  it('says what is going on', () => {
    expect(activity(live)).toBe('listening');
    expect(activity(play(spokenTurn.slice(0, 1)))).toBe('caller');
    expect(activity(play(spokenTurn))).toBe('thinking');
    expect(
      activity(reduce(play([...spokenTurn, ...answer]), { type: 'agent-speaking', speaking: true })),
    ).toBe('agent');
    expect(activity(reduce(live, { type: 'muted', muted: true }))).toBe('muted');
    expect(activity(reduce(live, { type: 'phase', phase: 'reconnecting' }))).toBe('reconnecting');
  });

  it('keeps a failed answer visible as a problem', () => {
    const state = play([
      { type: 'response.created', response: { id: 'r1', status: 'in_progress' } },
      {
        type: 'response.done',
        response: {
          id: 'r1',
          status: 'failed',
          status_details: { error: { message: 'The provider refused the key.' } },
        },
      },
    ]);
    expect(state.problem?.message).toBe('The provider refused the key.');
    expect(state.activeResponseId).toBeNull();
  });

  it('shows errors, but not those of requests that came too late', () => {
    const error = { message: 'No response in progress.', code: 'failed_precondition' };
    expect(play([{ type: 'error', error }]).problem?.message).toBe('No response in progress.');
    expect(play([{ type: 'error', error: { ...error, event_id: QUIET } }]).problem).toBeNull();
  });

  it('shows a function call until it is answered', () => {
    const call = {
      id: 'f1',
      type: 'function_call',
      name: 'get_hours',
      call_id: 'c1',
      arguments: '{"day":"Monday"}',
    };
    const state = play([{ type: 'response.output_item.done', response_id: 'r1', item: call }]);
    expect(state.items[0]).toMatchObject({ kind: 'function_call', text: '{"day":"Monday"}', status: 'done' });
    expect(state.items[0]?.call?.answered).toBe(false);
    expect(reduce(state, { type: 'call-answered', itemId: 'f1' }).items[0]?.call?.answered).toBe(true);
  });

  it('does not show a typed message twice when the server confirms it', () => {
    const sent = reduce(live, { type: 'text-sent', itemId: 'm1', text: 'Hello', at: 1 });
    const state = play(
      [
        {
          type: 'conversation.item.added',
          item: { id: 'm1', type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] },
        },
      ],
      sent,
    );
    expect(state.items).toEqual([{ id: 'm1', kind: 'user', text: 'Hello', status: 'done' }]);
  });

  it('starts with what an earlier conversation brings, or with nothing', () => {
    const state = play([
      { type: 'aimpact.conversation', conversation_id: 'conv_1', agent_id: 'agt_1', agent_version: 1 },
      ...spokenTurn,
      ...answer,
    ]);
    const { conversationId, items, turns } = state;
    const resumed = reduce(state, { type: 'start', conversationId, items, turns });
    expect(resumed).toMatchObject({ phase: 'connecting', conversationId: 'conv_1', items, turns });
    expect(resumed.activeResponseId).toBeNull();
    const fresh = reduce(state, { type: 'start', conversationId: null, items: [], turns: [] });
    expect(fresh).toMatchObject({ phase: 'connecting', conversationId: null, items: [], turns: [] });
  });

  it('leaves nothing speaking when the connection is lost', () => {
    const state = reduce(play([...spokenTurn, ...answer]), {
      type: 'phase',
      phase: 'reconnecting',
      attempt: 1,
    });
    expect(state.items[1]?.status).toBe('interrupted');
    expect(state).toMatchObject({
      callerSpeaking: false,
      waitingSince: null,
      activeResponseId: null,
      attempt: 1,
    });
  });
});

describe('parseEvent', () => {
  it('takes events and refuses all else', () => {
    expect(parseEvent('{"type":"response.done"}')).toEqual({ type: 'response.done' });
    for (const frame of ['', '[]', '{}', '{"type":1}', 'null', new ArrayBuffer(2)]) {
      expect(parseEvent(frame)).toBeNull();
    }
  });
});
