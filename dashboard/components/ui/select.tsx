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
          'border-control-line/60 bg-surface hover:border-control-line data-[placeholder]:text-faint aria-invalid:border-danger flex h-9 w-full min-w-0 items-center justify-between gap-2 rounded-md border px-3 text-sm disabled:opacity-60 max-sm:text-base [&>span]:truncate',
          className,
        )}
        {...trigger}
      >
        <Primitive.Value placeholder={placeholder}>
          {options.find((option) => option.value === value)?.label}
        </Primitive.Value>
        <Primitive.Icon>
          <ChevronDown className="text-muted size-4" aria-hidden />
        </Primitive.Icon>
      </Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content
          position="popper"
          sideOffset={4}
          className="border-line bg-raised shadow-raised animate-panel-in z-50 max-h-(--radix-select-content-available-height) min-w-(--radix-select-trigger-width) overflow-hidden rounded-lg border"
        >
          <Primitive.Viewport className="max-h-80 p-1">
            {groups.map((group) => (
              <Primitive.Group key={group}>
                {group && <Primitive.Label className="eyebrow px-2 pt-2 pb-1">{group}</Primitive.Label>}
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
      className="data-highlighted:bg-sunken relative flex cursor-default flex-col rounded-sm py-1.5 pr-8 pl-2 text-sm outline-none select-none"
    >
      <Primitive.ItemText>{props.children}</Primitive.ItemText>
      {props.description && <span className="text-muted max-w-72 text-xs">{props.description}</span>}
      <Primitive.ItemIndicator className="absolute top-2 right-2">
        <Check className="text-accent-ink size-4" aria-hidden />
      </Primitive.ItemIndicator>
    </Primitive.Item>
  );
}
