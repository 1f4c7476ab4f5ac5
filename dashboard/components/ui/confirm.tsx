import { AlertDialog } from 'radix-ui';
import type { ReactNode } from 'react';
import { Button } from './button';

interface ConfirmProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description: ReactNode;
  action: string;
  onConfirm: () => void;
  tone?: 'danger' | 'primary';
}

/** Asks before something that cannot be undone. Focus starts on Cancel. */
export function Confirm({ open, onOpenChange, title, description, action, onConfirm, tone }: ConfirmProps) {
  return (
    <AlertDialog.Root open={open} onOpenChange={onOpenChange}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-40 animate-overlay-in bg-black/45" />
        <div className="pointer-events-none fixed inset-0 z-50 grid place-items-center p-4">
          <AlertDialog.Content className="pointer-events-auto flex w-full max-w-sm animate-panel-in flex-col gap-2 rounded-xl border border-line bg-raised p-5 shadow-raised">
            <AlertDialog.Title className="text-base font-semibold tracking-tight">{title}</AlertDialog.Title>
            <AlertDialog.Description className="text-sm text-muted">{description}</AlertDialog.Description>
            <div className="flex justify-end gap-2 pt-3">
              <AlertDialog.Cancel asChild>
                <Button>Cancel</Button>
              </AlertDialog.Cancel>
              <AlertDialog.Action asChild>
                <Button variant={tone ?? 'danger'} onClick={onConfirm}>
                  {action}
                </Button>
              </AlertDialog.Action>
            </div>
          </AlertDialog.Content>
        </div>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
