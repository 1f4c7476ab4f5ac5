import { Check, ChevronDown } from 'lucide-react';
import { Select as Primitive } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import { cn } from '@/lib/cn';

export interface SelectOption {
  value: string;
  label: string;
  description?: string;
  group?: string;
}

interface SelectProps extends Omit<ComponentProps<typeof Primitive.Trigger>, 'value' | 'onChange'> {
  value: string | undefined;
  onValueChange: (value: string) => void;
  options: readonly SelectOption[];
  placeholder?: string;
}

export function Select({ value, onValueChange, options, placeholder, className, ...trigger }: SelectProps) {
  const groups = [...new Set(options.map((option) => option.group ?? ''))];
  return (
    <Primitive.Root value={value ?? ''} onValueChange={onValueChange} disabled={trigger.disabled}>
      <Primitive.Trigger
        className={cn(
          'flex h-9 w-full min-w-0 items-center justify-between gap-2 rounded-md border border-control-line/60 bg-surface px-3 text-sm hover:border-control-line disabled:opacity-60 aria-invalid:border-danger data-[placeholder]:text-faint max-sm:text-base [&>span]:truncate',
          className,
        )}
        {...trigger}
      >
        <Primitive.Value placeholder={placeholder}>
          {options.find((option) => option.value === value)?.label}
        </Primitive.Value>
        <Primitive.Icon>
          <ChevronDown className="size-4 text-muted" aria-hidden />
        </Primitive.Icon>
      </Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content
          position="popper"
          sideOffset={4}
          className="z-50 max-h-(--radix-select-content-available-height) min-w-(--radix-select-trigger-width) animate-panel-in overflow-hidden rounded-lg border border-line bg-raised shadow-raised"
        >
          <Primitive.Viewport className="max-h-80 p-1">
            {groups.map((group) => (
              <Primitive.Group key={group}>
                {group && <Primitive.Label className="px-2 pt-2 pb-1 eyebrow">{group}</Primitive.Label>}
                {options
                  .filter((option) => (option.group ?? '') === group)
                  .map((option) => (
                    <Item key={option.value} value={option.value} description={option.description}>
                      {option.label}
                    </Item>
                  ))}
              </Primitive.Group>
            ))}
          </Primitive.Viewport>
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

function Item(props: { value: string; description?: string; children: ReactNode }) {
  return (
    <Primitive.Item
      value={props.value}
      className="relative flex cursor-default flex-col rounded-sm py-1.5 pr-8 pl-2 text-sm outline-none select-none data-highlighted:bg-sunken"
    >
      <Primitive.ItemText>{props.children}</Primitive.ItemText>
      {props.description && <span className="max-w-72 text-xs text-muted">{props.description}</span>}
      <Primitive.ItemIndicator className="absolute top-2 right-2">
        <Check className="size-4 text-accent-ink" aria-hidden />
      </Primitive.ItemIndicator>
    </Primitive.Item>
  );
}
