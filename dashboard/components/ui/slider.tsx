import { Slider as Primitive } from 'radix-ui';

interface SliderProps {
  id?: string;
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  onValueChange: (value: number) => void;
  'aria-describedby'?: string;
  disabled?: boolean;
}

export function Slider({ label, value, onValueChange, ...props }: SliderProps) {
  const { 'aria-describedby': describedBy, id, ...range } = props;
  return (
    <Primitive.Root
      {...range}
      value={[value]}
      onValueChange={([next]) => next !== undefined && onValueChange(next)}
      className="relative flex h-9 w-full touch-none items-center select-none data-disabled:opacity-50"
    >
      <Primitive.Track className="relative h-1 grow rounded-full bg-line-strong">
        <Primitive.Range className="absolute h-full rounded-full bg-accent" />
      </Primitive.Track>
      <Primitive.Thumb
        id={id}
        aria-label={label}
        aria-describedby={describedBy}
        className="block size-4 rounded-full border-2 border-accent bg-surface shadow-sm"
      />
    </Primitive.Root>
  );
}
