'use client';

import {
  AudioLines,
  BookA,
  Bot,
  KeyRound,
  Mic,
  LayoutGrid,
  MessagesSquare,
  Settings2,
  type LucideIcon,
} from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { cn } from '@/lib/cn';

const entries: { href: string; label: string; icon: LucideIcon }[] = [
  { href: '/', label: 'Overview', icon: LayoutGrid },
  { href: '/talk', label: 'Talk', icon: AudioLines },
  { href: '/agents', label: 'Agents', icon: Bot },
  { href: '/voices', label: 'Voices', icon: Mic },
  { href: '/words', label: 'Words', icon: BookA },
  { href: '/conversations', label: 'Conversations', icon: MessagesSquare },
  { href: '/api-keys', label: 'API keys', icon: KeyRound },
  { href: '/settings', label: 'Settings', icon: Settings2 },
];

export function Navigation({ onNavigate }: { onNavigate?: () => void }) {
  const path = usePathname();
  return (
    <nav aria-label="Main">
      <ul className="flex flex-col gap-0.5">
        {entries.map(({ href, label, icon: Icon }) => {
          const current = href === '/' ? path === '/' : path.startsWith(href);
          return (
            <li key={href}>
              <Link
                href={href}
                onClick={onNavigate}
                aria-current={current ? 'page' : undefined}
                className={cn(
                  'flex h-8 items-center gap-2.5 rounded-md px-2.5 text-[0.8125rem] font-medium transition-colors max-md:h-11 max-md:text-sm',
                  current
                    ? 'bg-accent-soft text-accent-ink'
                    : 'text-muted hover:bg-sunken hover:text-foreground',
                )}
              >
                <Icon className="size-4" strokeWidth={1.75} aria-hidden />
                {label}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
