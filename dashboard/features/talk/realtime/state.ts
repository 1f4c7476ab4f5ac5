import type { Schemas } from '@/lib/api/client';

export type Phase = 'idle' | 'connecting' | 'live' | 'reconnecting' | 'ended';

/** One line of the transcript. */
export interface TalkItem {
  id: string;
  kind: 'user' | 'assistant' | 'function_call';
  text: string;
  /** Of a caller's words still being recognised: those that will not change any more. */
  confirmed?: string;
  /** For an interrupted answer: the part that the caller heard. */
  heard?: string;
  status: 'in_progress' | 'done' | 'interrupted' | 'failed';
  /** For a function call. */
  call?: { name: string; callId: string; answered: boolean };
  note?: string;
}

/** How long an answer took: by the server's timeline where it sent one, otherwise as seen by this browser. */
export interface TalkTurn {
  responseMs: number;
  stages?: Schemas['TurnStages'];
  interrupted?: boolean;
}

export interface TalkProblem {
  title: string;
  message: string;
  /** What the person can do here: nothing, ask for the microphone again, or start again. */
  action?: 'retry-microphone' | 'restart';
}

export interface TalkState {
  phase: Phase;
  conversationId: string | null;
  items: readonly TalkItem[];
  turns: readonly TalkTurn[];
  callerSpeaking: boolean;
  agentSpeaking: boolean;
  /** The agent's answer is awaited since this moment (ms); null when none is. */
  waitingSince: number | null;
  activeResponseId: string | null;
  muted: boolean;
  hasMicrophone: boolean;
  problem: TalkProblem | null;
  /** Counts attempts while reconnecting. */
  attempt: number;
}

export const initialState: TalkState = {
  phase: 'idle',
  conversationId: null,
  items: [],
  turns: [],
  callerSpeaking: false,
  agentSpeaking: false,
  waitingSince: null,
  activeResponseId: null,
  muted: false,
  hasMicrophone: false,
  problem: null,
  attempt: 0,
};

export type Activity =
  'off' | 'connecting' | 'reconnecting' | 'caller' | 'thinking' | 'agent' | 'muted' | 'listening';

/** The one thing that is going on now, for the indicator. */
export function activity(state: TalkState): Activity {
  if (state.phase === 'idle' || state.phase === 'ended') return 'off';
  if (state.phase !== 'live') return state.phase;
  if (state.callerSpeaking) return 'caller';
  if (state.agentSpeaking) return 'agent';
  if (state.waitingSince !== null || state.activeResponseId !== null) return 'thinking';
  return state.muted || !state.hasMicrophone ? 'muted' : 'listening';
}
