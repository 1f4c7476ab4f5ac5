import type { ReactNode } from 'react';
import { RequireSession } from '@/features/session/require-session';
import { Shell } from '@/features/shell/shell';

export default function ConsoleLayout({ children }: { children: ReactNode }) {
  return (
    <RequireSession>
      <Shell>{children}</Shell>
    </RequireSession>
  );
}
