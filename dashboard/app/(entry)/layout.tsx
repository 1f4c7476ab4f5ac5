import { Suspense, type ReactNode } from 'react';
import { Logo } from '@/components/logo';

export default function EntryLayout({ children }: { children: ReactNode }) {
  return (
    <main className="flex min-h-dvh flex-col items-center px-4 pt-[12vh] pb-12">
      <div className="flex w-full max-w-sm flex-col gap-6">
        <div className="flex items-center gap-2">
          <Logo className="size-6 text-accent" />
          <span className="text-base font-semibold tracking-tight">AImpact</span>
        </div>
        <Suspense>{children}</Suspense>
      </div>
    </main>
  );
}
