import { Switch as Primitive } from 'radix-ui';
import { useId } from 'react';

interface SwitchProps {
  label: string;
  description?: string;
  checked: boolean;
  onCheckedChange: (checked: boolean) => void;
  disabled?: boolean;
}

/** A setting that is on or off, with its label and what it does. */
export function SwitchRow({ label, description, checked, onCheckedChange, disabled }: SwitchProps) {
  const id = useId();
  return (
    <div className="flex items-start justify-between gap-6">
      <div className="flex flex-col gap-0.5">
        <label htmlFor={id} className="text-[0.8125rem] font-medium">
          {label}
        </label>
        {description && (
          <p id={`${id}-note`} className="text-[0.8125rem] text-muted">
            {description}
          </p>
        )}
      </div>
      <Primitive.Root
        id={id}
        aria-describedby={description ? `${id}-note` : undefined}
        checked={checked}
        onCheckedChange={onCheckedChange}
        disabled={disabled}
        className="mt-0.5 inline-flex h-5 w-9 shrink-0 items-center rounded-full bg-control-line p-0.5 transition-colors disabled:opacity-50 data-[state=checked]:bg-accent"
      >
        <Primitive.Thumb className="size-4 rounded-full bg-white shadow-sm transition-transform data-[state=checked]:translate-x-4 dark:data-[state=checked]:bg-accent-foreground" />
      </Primitive.Root>
    </div>
  );
}
