import { X } from 'lucide-react';
import { Dialog as Primitive } from 'radix-ui';
import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { Button } from './button';

export const Dialog = Primitive.Root;
export const DialogTrigger = Primitive.Trigger;
export const DialogClose = Primitive.Close;

interface DialogContentProps {
  title: string;
  description?: ReactNode;
  children: ReactNode;
  className?: string;
}

export function DialogContent({ title, description, children, className }: DialogContentProps) {
  return (
    <Primitive.Portal>
      <Primitive.Overlay className="fixed inset-0 z-40 animate-overlay-in bg-black/45" />
      <div className="pointer-events-none fixed inset-0 z-50 grid place-items-center p-4">
        <Primitive.Content
          {...(description ? {} : { 'aria-describedby': undefined })}
          className={cn(
            'pointer-events-auto relative flex max-h-full w-full max-w-md animate-panel-in flex-col gap-4 overflow-y-auto rounded-xl border border-line bg-raised p-5 shadow-raised',
            className,
          )}
        >
          <div className="flex flex-col gap-1 pr-8">
            <Primitive.Title className="text-base font-semibold tracking-tight">{title}</Primitive.Title>
            {description && (
              <Primitive.Description className="text-sm text-muted">{description}</Primitive.Description>
            )}
          </div>
          {children}
          <Primitive.Close asChild>
            <Button variant="ghost" size="icon" className="absolute top-3 right-3" aria-label="Close">
              <X aria-hidden />
            </Button>
          </Primitive.Close>
        </Primitive.Content>
      </div>
    </Primitive.Portal>
  );
}

export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="flex flex-wrap justify-end gap-2 pt-1">{children}</div>;
}

interface SubmitActionsProps {
  label: string;
  /** Shown while `pending`. */
  pendingLabel: string;
  pending: boolean;
  disabled?: boolean;
}

/** The foot of a form in a dialog: cancel, or send it. */
export function SubmitActions({ label, pendingLabel, pending, disabled = false }: SubmitActionsProps) {
  return (
    <DialogActions>
      <DialogClose asChild>
        <Button>Cancel</Button>
      </DialogClose>
      <Button type="submit" variant="primary" disabled={disabled || pending}>
        {pending ? pendingLabel : label}
      </Button>
    </DialogActions>
  );
}
