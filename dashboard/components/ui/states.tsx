import { CircleAlert, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { errorDescription, errorTitle } from '@/lib/api/errors';
import { Button } from './button';

interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  description: ReactNode;
  action?: ReactNode;
}

/** What a list says when it is empty: what would be here, and the next thing to do. */
export function EmptyState({ icon: Icon, title, description, action }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center gap-3 px-6 py-14 text-center">
      <Icon className="size-6 text-faint" strokeWidth={1.5} aria-hidden />
      <div className="flex max-w-sm flex-col gap-1">
        <p className="font-medium">{title}</p>
        <p className="text-[0.8125rem] text-muted">{description}</p>
      </div>
      {action}
    </div>
  );
}

/** A part of the page that could not be loaded, with what the server said and a way to try again. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <div role="alert" className="flex flex-col items-center gap-3 px-6 py-14 text-center">
      <CircleAlert className="size-6 text-danger" strokeWidth={1.5} aria-hidden />
      <div className="flex max-w-md flex-col gap-1">
        <p className="font-medium">{errorTitle(error)}</p>
        <p className="text-[0.8125rem] text-muted">{errorDescription(error)}</p>
      </div>
      {onRetry && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}
