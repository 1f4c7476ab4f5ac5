'use client';

import { useQueryClient } from '@tanstack/react-query';
import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { publicApi, tokens, type Session } from '@/lib/api/client';

type SessionState =
  | { status: 'loading' }
  | { status: 'unreachable'; error: unknown }
  | { status: 'signed-out' }
  | { status: 'signed-in'; session: Session };

interface SessionValue {
  state: SessionState;
  /** Takes the answer of sign-in or set-up. */
  accept: (session: Session) => void;
  signOut: () => Promise<void>;
  retry: () => void;
}

const SessionContext = createContext<SessionValue | null>(null);

/** Restores the session from the refresh cookie once, and follows the token keeper from then on. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<SessionState>({ status: 'loading' });
  const queries = useQueryClient();

  const restore = useCallback(() => {
    setState({ status: 'loading' });
    tokens.refresh().catch((error: unknown) => setState({ status: 'unreachable', error }));
  }, []);

  useEffect(() => {
    const stop = tokens.onChange((grant) => {
      setState(grant ? { status: 'signed-in', session: grant } : { status: 'signed-out' });
      if (!grant) queries.clear();
    });
    restore();
    return () => {
      stop();
    };
  }, [queries, restore]);

  const value = useMemo<SessionValue>(
    () => ({
      state,
      accept: (session) => tokens.set(session),
      signOut: async () => {
        await publicApi.POST('/api/v1/auth/sign-out');
        tokens.set(null);
      },
      retry: restore,
    }),
    [state, restore],
  );
  return <SessionContext value={value}>{children}</SessionContext>;
}

export function useSession(): SessionValue {
  const value = useContext(SessionContext);
  if (!value) throw new Error('useSession outside of SessionProvider');
  return value;
}

/** The session of a page that is shown only when signed in. */
export function useSignedIn(): Session {
  const { state } = useSession();
  if (state.status !== 'signed-in') throw new Error('useSignedIn outside of RequireSession');
  return state.session;
}
