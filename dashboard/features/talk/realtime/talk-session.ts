import { api, data } from '@/lib/api/client';
import { errorDescription, errorTitle } from '@/lib/api/errors';
import { Microphone, MicrophoneError } from '../audio/microphone';
import { decodeBase64 } from '../audio/pcm';
import { Player } from '../audio/player';
import { RealtimeConnection, realtimeUrl } from './connection';
import type { ServerEvent } from './events';
import { QUIET, reduce, type TalkAction } from './reducer';
import { initialState, type TalkState } from './state';

export interface VoiceChoice {
  voice: string;
  emotion: string;
}

/** Current levels in 0..1, read by the meter at its own pace instead of through React. */
export interface Levels {
  caller: number;
  agent: number;
}

/** What a conversation that goes on begins with. */
export type Resume = Pick<TalkState, 'conversationId' | 'items' | 'turns'>;

const RECONNECT_MS = [500, 1000, 2000, 4000, 8000];

/**
 * A conversation with an agent: microphone -> socket -> loudspeaker, and the state that the page shows.
 * It owns the audio context and everything in it; `stop` lets go of all.
 */
export class TalkSession {
  readonly levels: Levels = { caller: 0, agent: 0 };
  private state: TalkState = initialState;
  private readonly listeners = new Set<() => void>();
  private context: AudioContext | null = null;
  private microphone: Microphone | null = null;
  private player: Player | null = null;
  private connection: RealtimeConnection | null = null;
  private agentId = '';
  private choice: VoiceChoice | null = null;
  /** Audio of an answer that was cut off may still be on its way: it is not played. */
  private silenced = new Set<string>();
  /** Grows with every start and stop, so that what an old attempt finishes late is dropped. */
  private run = 0;
  private wasLive = false;
  private interruptible = true;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): TalkState => this.state;

  /** From a click: browsers let audio start only then. With `resume` an earlier conversation goes on. */
  async start(agentId: string, choice: VoiceChoice | null, resume: Resume | null): Promise<void> {
    this.release();
    const run = ++this.run;
    this.wasLive = false;
    this.agentId = agentId;
    this.choice = choice;
    this.dispatch({
      type: 'start',
      conversationId: resume?.conversationId ?? null,
      items: resume?.items ?? [],
      turns: resume?.turns ?? [],
    });
    try {
      await this.openAudio();
      if (run !== this.run) return;
      await this.openMicrophone();
      if (run !== this.run) return this.release();
      await this.connect(run);
    } catch (cause) {
      if (run !== this.run) return;
      this.release();
      this.dispatch({ type: 'phase', phase: 'ended' });
      this.fail(errorTitle(cause), errorDescription(cause), 'restart');
    }
  }

  stop = (): void => {
    this.run += 1;
    this.release();
    if (this.state.phase !== 'idle') this.dispatch({ type: 'phase', phase: 'ended' });
  };

  sendText(text: string): void {
    if (this.player?.playing) this.interrupt();
    const id = `item_${crypto.randomUUID().replaceAll('-', '').slice(0, 24)}`;
    this.connection?.send({
      type: 'conversation.item.create',
      item: { id, type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
    });
    this.connection?.send({ type: 'response.create' });
    this.dispatch({ type: 'text-sent', itemId: id, text, at: performance.now() });
  }

  answerCall(itemId: string, callId: string, output: string): void {
    this.connection?.send({
      type: 'conversation.item.create',
      item: { type: 'function_call_output', call_id: callId, output },
    });
    this.connection?.send({ type: 'response.create' });
    this.dispatch({ type: 'call-answered', itemId });
  }

  /** Stops the agent's answer now, as speaking over it would. */
  interrupt = (): void => {
    if (this.state.activeResponseId) this.connection?.send({ type: 'response.cancel', event_id: QUIET });
    void this.cutOff();
  };

  setMuted(muted: boolean): void {
    if (this.microphone) this.microphone.muted = muted;
    if (muted) this.levels.caller = 0;
    this.dispatch({ type: 'muted', muted });
  }

  setChoice(choice: VoiceChoice): void {
    this.choice = choice;
    if (this.state.phase === 'live') this.sendChoice();
  }

  retryMicrophone = async (): Promise<void> => {
    this.dispatch({ type: 'problem', problem: null });
    await this.openMicrophone();
  };

  dismissProblem = (): void => this.dispatch({ type: 'problem', problem: null });

  private async openAudio(): Promise<void> {
    const context = new AudioContext({ latencyHint: 'interactive' });
    this.context = context;
    await Promise.all([
      context.resume(),
      context.audioWorklet.addModule('/worklets/capture.js'),
      context.audioWorklet.addModule('/worklets/playback.js'),
    ]);
    if (this.context !== context) return;
    this.player = new Player(
      context,
      ({ queuedMs, level }) => {
        this.levels.agent = queuedMs > 0 ? level : 0;
        this.dispatch({ type: 'agent-speaking', speaking: queuedMs > 0 });
      },
      () => this.fail('The answer is too long to hold', 'Its end was dropped. Ask for a shorter answer.'),
    );
  }

  private async openMicrophone(): Promise<void> {
    if (!this.context) return;
    const run = this.run;
    try {
      const microphone = await Microphone.open(
        this.context,
        (frame) => {
          this.levels.caller = this.state.muted ? 0 : frame.level;
          if (this.state.phase === 'live') this.connection?.sendAudio(frame.pcm);
        },
        () => this.microphoneLost(),
      );
      if (run !== this.run) return microphone.close();
      this.microphone?.close();
      this.microphone = microphone;
      microphone.muted = this.state.muted;
      this.dispatch({ type: 'microphone', available: true });
    } catch (cause) {
      if (!(cause instanceof MicrophoneError)) throw cause;
      if (run === this.run) this.fail('No microphone', cause.message, 'retry-microphone');
    }
  }

  private microphoneLost(): void {
    this.microphone?.close();
    this.microphone = null;
    this.levels.caller = 0;
    this.dispatch({ type: 'microphone', available: false });
    this.fail(
      'The microphone went away',
      'Connect it again and press Try again, or go on by typing.',
      'retry-microphone',
    );
  }

  private async connect(run: number, attempt = 0): Promise<void> {
    const secret = await data(
      api.POST('/v1/realtime/client_secrets', {
        body: {
          expires_after: { anchor: 'created_at', seconds: 60 },
          session: { type: 'realtime', model: this.agentId },
        },
      }),
    );
    if (run !== this.run) return;
    this.connection = new RealtimeConnection(
      realtimeUrl(this.agentId, this.state.conversationId),
      secret.value,
      {
        onEvent: (event) => this.take(event),
        onStall: () =>
          this.fail(
            'The network is too slow',
            'Some of what you say does not reach the server. Wait, or move closer.',
          ),
        onClose: ({ clean, opened, code, reason }) => {
          if (clean || run !== this.run) return;
          if (code === 1000) return this.stop();
          void this.reconnect(run, opened ? 0 : attempt, reason);
        },
      },
    );
  }

  private async reconnect(run: number, attempt: number, reason: string): Promise<void> {
    this.connection = null;
    void this.player?.flush();
    const delay = RECONNECT_MS[attempt];
    if (delay === undefined) {
      this.stop();
      this.fail(
        this.wasLive ? 'The conversation was lost' : 'The conversation could not start',
        reason ||
          'The server could not be reached again. Check that it runs, then start again: the agent keeps the context.',
        'restart',
      );
      return;
    }
    this.dispatch({ type: 'phase', phase: 'reconnecting', attempt: attempt + 1 });
    await new Promise((resolve) => setTimeout(resolve, delay));
    if (run !== this.run) return;
    try {
      await this.connect(run, attempt + 1);
    } catch (cause) {
      if (run === this.run) await this.reconnect(run, attempt + 1, errorDescription(cause));
    }
  }

  private take(event: ServerEvent): void {
    if (event.type === 'response.output_audio.delta') {
      if (this.silenced.has(event.response_id)) return;
      this.player?.push(event.item_id, decodeBase64(event.delta));
    } else if (event.type === 'response.output_audio.done') {
      if (!this.silenced.has(event.response_id)) this.player?.end(event.item_id);
    } else if (event.type === 'input_audio_buffer.speech_started') {
      if (this.player?.playing && this.interruptible) void this.cutOff();
    } else if (event.type === 'session.created' || event.type === 'session.updated') {
      this.interruptible = isInterruptible(event.session);
    } else if (event.type === 'conversation.item.truncated') {
      this.connection?.send({ type: 'conversation.item.retrieve', event_id: QUIET, item_id: event.item_id });
    }
    this.dispatch({ type: 'event', event, at: performance.now() });
    if (event.type === 'session.created') {
      this.dispatch({ type: 'phase', phase: 'live' });
      if (!this.microphone) this.dispatch({ type: 'microphone', available: false });
      this.wasLive = true;
      this.sendChoice();
    }
  }

  /** Silence, and the server is told how much of the answer was heard. */
  private async cutOff(): Promise<void> {
    if (this.state.activeResponseId) this.silenced.add(this.state.activeResponseId);
    this.levels.agent = 0;
    const position = await this.player?.flush();
    this.dispatch({ type: 'agent-speaking', speaking: false });
    if (!position?.itemId) return;
    this.connection?.send({
      type: 'conversation.item.truncate',
      event_id: QUIET,
      item_id: position.itemId,
      content_index: 0,
      audio_end_ms: position.playedMs,
    });
  }

  /** Always sent once: naming `aimpact` asks for the events that OpenAI's protocol lacks. */
  private sendChoice(): void {
    this.connection?.send({
      type: 'session.update',
      session: {
        type: 'realtime',
        ...(this.choice && { audio: { output: { voice: this.choice.voice } } }),
        aimpact: this.choice ? { emotion: this.choice.emotion } : {},
      },
    });
  }

  private fail(title: string, message: string, action?: 'retry-microphone' | 'restart'): void {
    this.dispatch({ type: 'problem', problem: { title, message, ...(action ? { action } : {}) } });
  }

  private release(): void {
    this.connection?.close();
    this.microphone?.close();
    this.player?.close();
    void this.context?.close();
    this.connection = this.microphone = this.player = this.context = null;
    this.silenced.clear();
    this.levels.caller = this.levels.agent = 0;
  }

  private dispatch(action: TalkAction): void {
    const next = reduce(this.state, action);
    if (next === this.state) return;
    this.state = next;
    for (const listener of this.listeners) listener();
  }
}

/** Whether speaking over the answer stops it: an agent may be set to finish first. */
function isInterruptible(session: Record<string, unknown>): boolean {
  const audio = session.audio as
    { input?: { turn_detection?: { interrupt_response?: boolean } | null } } | undefined;
  return audio?.input?.turn_detection?.interrupt_response !== false;
}
