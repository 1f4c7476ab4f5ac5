'use client';

import { Menu as MenuIcon, X } from 'lucide-react';
import Link from 'next/link';
import { Dialog } from 'radix-ui';
import { Suspense, useState, type ReactNode } from 'react';
import { Logo } from '@/components/logo';
import { Button } from '@/components/ui/button';
import { SkeletonRows } from '@/components/ui/skeleton';
import { AccountMenu } from './account-menu';
import { Navigation } from './navigation';

/** Side bar and page; on a phone a top bar whose menu slides in. */
export function Shell({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col md:grid md:grid-cols-[13.5rem_minmax(0,1fr)]">
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-accent px-3 py-2 text-sm font-medium text-accent-foreground focus:translate-y-0"
      >
        Skip to content
      </a>
      <aside className="sticky top-0 hidden h-dvh flex-col gap-5 border-r border-line bg-surface px-3 py-4 md:flex">
        <Brand />
        <div className="grow">
          <Navigation />
        </div>
        <AccountMenu />
      </aside>
      <PhoneBar />
      <main id="content" tabIndex={-1} className="flex min-w-0 grow flex-col outline-none">
        <Suspense fallback={<SkeletonRows />}>{children}</Suspense>
      </main>
    </div>
  );
}

function Brand() {
  return (
    <Link href="/" className="flex items-center gap-2 rounded-md px-2.5 py-1">
      <Logo className="text-accent" />
      <span className="text-[0.9375rem] font-semibold tracking-tight">AImpact</span>
    </Link>
  );
}

function PhoneBar() {
  const [open, setOpen] = useState(false);
  return (
    <header className="sticky top-0 z-30 flex h-13 shrink-0 items-center justify-between border-b border-line bg-surface px-2 md:hidden">
      <Brand />
      <Dialog.Root open={open} onOpenChange={setOpen}>
        <Dialog.Trigger asChild>
          <Button variant="ghost" size="icon" aria-label="Open menu" className="size-11">
            <MenuIcon aria-hidden />
          </Button>
        </Dialog.Trigger>
        <Dialog.Portal>
          <Dialog.Overlay className="fixed inset-0 z-40 animate-overlay-in bg-black/45" />
          <Dialog.Content
            aria-describedby={undefined}
            className="fixed inset-y-0 right-0 z-50 flex w-72 max-w-[85vw] animate-overlay-in flex-col gap-4 border-l border-line bg-surface p-3"
          >
            <div className="flex items-center justify-between">
              <Dialog.Title className="px-2.5 font-semibold">Menu</Dialog.Title>
              <Dialog.Close asChild>
                <Button variant="ghost" size="icon" aria-label="Close menu" className="size-11">
                  <X aria-hidden />
                </Button>
              </Dialog.Close>
            </div>
            <div className="grow">
              <Navigation onNavigate={() => setOpen(false)} />
            </div>
            <AccountMenu />
          </Dialog.Content>
        </Dialog.Portal>
      </Dialog.Root>
    </header>
  );
}
