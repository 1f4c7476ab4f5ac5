import type { ComponentProps, ReactNode } from 'react';
import { cn } from '@/lib/cn';

export function Panel({ className, ...props }: ComponentProps<'section'>) {
  return <section className={cn('rounded-lg border border-line bg-surface', className)} {...props} />;
}

interface PanelHeaderProps {
  title: string;
  description?: ReactNode;
  action?: ReactNode;
}

export function PanelHeader({ title, description, action }: PanelHeaderProps) {
  return (
    <header className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 px-4 pt-4 sm:px-5">
      <div className="flex min-w-0 flex-col gap-0.5">
        <h2>{title}</h2>
        {description && <p className="text-[0.8125rem] text-muted">{description}</p>}
      </div>
      {action}
    </header>
  );
}

export function PanelBody({ className, ...props }: ComponentProps<'div'>) {
  return <div className={cn('p-4 sm:p-5', className)} {...props} />;
}
