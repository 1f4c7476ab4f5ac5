import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';

const looks = {
  info: { icon: Info, className: 'border-line bg-sunken text-foreground', iconClass: 'text-muted' },
  warning: { icon: TriangleAlert, className: 'border-warning/30 bg-warning-soft', iconClass: 'text-warning' },
  danger: { icon: CircleAlert, className: 'border-danger/30 bg-danger-soft', iconClass: 'text-danger' },
};

interface NoticeProps {
  tone?: keyof typeof looks;
  title?: string;
  children?: ReactNode;
  action?: ReactNode;
  className?: string;
}

/** A message that stays on the page: something to know, or something to do. */
export function Notice({ tone = 'info', title, children, action, className }: NoticeProps) {
  const look = looks[tone];
  return (
    <div
      role={tone === 'danger' ? 'alert' : 'status'}
      className={cn('flex items-start gap-3 rounded-lg border px-3.5 py-3', look.className, className)}
    >
      <look.icon className={cn('mt-0.5 size-4 shrink-0', look.iconClass)} aria-hidden />
      <div className="flex min-w-0 grow flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0 text-[0.8125rem]">
          {title && <p className="font-medium">{title}</p>}
          {children && <div className={title ? 'text-muted' : ''}>{children}</div>}
        </div>
        {action}
      </div>
    </div>
  );
}
