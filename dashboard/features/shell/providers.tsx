'use client';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { ThemeProvider } from 'next-themes';
import { useState, type ReactNode } from 'react';
import { Toaster } from 'sonner';
import { TooltipProvider } from '@/components/ui/tooltip';
import { SessionProvider } from '@/features/session/session-provider';
import { ApiError } from '@/lib/api/errors';

/** Worth another try: no answer came, or the server was busy. All else would fail the same way again. */
function isTransient(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 'network' || error.status >= 502);
}

export function Providers({ children }: { children: ReactNode }) {
  const [queries] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: { staleTime: 5_000, retry: (count, error) => count < 2 && isTransient(error) },
        },
      }),
  );
  return (
    <ThemeProvider attribute="class" defaultTheme="system" enableSystem disableTransitionOnChange>
      <QueryClientProvider client={queries}>
        <SessionProvider>
          <TooltipProvider delayDuration={300}>{children}</TooltipProvider>
        </SessionProvider>
      </QueryClientProvider>
      <Toaster
        position="bottom-right"
        toastOptions={{
          classNames: {
            toast: '!bg-raised !text-foreground !border-line !shadow-raised !rounded-lg !font-sans',
            description: '!text-muted',
            error: '[&_[data-icon]]:!text-danger',
            success: '[&_[data-icon]]:!text-success',
          },
        }}
      />
    </ThemeProvider>
  );
}
