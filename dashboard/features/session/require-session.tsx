'use client';

import { usePathname, useRouter } from 'next/navigation';
import { useEffect, type ReactNode } from 'react';
import { Logo } from '@/components/logo';
import { ErrorState } from '@/components/ui/states';
import { publicApi } from '@/lib/api/client';
import { useSession } from './session-provider';

/** Shows its children when signed in; otherwise leads to sign-in, or to set-up on a new server. */
export function RequireSession({ children }: { children: ReactNode }) {
  const { state, retry } = useSession();
  const router = useRouter();
  const path = usePathname();

  useEffect(() => {
    if (state.status !== 'signed-out') return undefined;
    let current = true;
    const here = path + window.location.search;
    const signIn = here === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(here)}`;
    publicApi
      .GET('/api/v1/setup')
      .then(({ data }) => current && router.replace(data?.needed ? '/setup' : signIn))
      .catch(() => current && router.replace(signIn));
    return () => {
      current = false;
    };
  }, [state.status, path, router]);

  if (state.status === 'signed-in') return children;
  return (
    <main className="grid min-h-dvh place-items-center p-6">
      {state.status === 'unreachable' ? (
        <ErrorState error={state.error} onRetry={retry} />
      ) : (
        <div role="status" aria-label="Loading" className="animate-pulse">
          <Logo className="size-8 text-faint" />
        </div>
      )}
    </main>
  );
}
