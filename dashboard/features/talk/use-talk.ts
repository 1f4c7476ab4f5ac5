import { useEffect, useState, useSyncExternalStore } from 'react';
import { TalkSession } from './realtime/talk-session';
import { initialState } from './realtime/state';

/** One conversation for the page: ends when the page is left. */
export function useTalk() {
  const [session] = useState(() => new TalkSession());
  const state = useSyncExternalStore(session.subscribe, session.snapshot, () => initialState);
  useEffect(() => session.stop, [session]);
  return { session, state };
}
