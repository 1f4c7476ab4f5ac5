import { Controller, useFormContext } from 'react-hook-form';
import { Field } from '@/components/ui/field';
import { Slider } from '@/components/ui/slider';
import type { AgentForm } from '../agent-form';

interface NumberSliderProps {
  name:
    | 'emotion_intensity'
    | 'idle.after_seconds'
    | 'idle.max_prompts'
    | 'fillers.after_ms'
    | 'fillers.every_ms'
    | 'turn_detection.silence_duration_ms'
    | 'turn_detection.threshold'
    | 'turn_detection.prefix_padding_ms';
  label: string;
  hint?: string;
  unit?: string;
  min: number;
  max: number;
  step: number;
}

export function NumberSlider({ name, label, hint, unit, ...range }: NumberSliderProps) {
  const { control } = useFormContext<AgentForm>();
  return (
    <Controller
      control={control}
      name={name}
      render={({ field, fieldState }) => (
        <Field
          label={label}
          hint={hint}
          error={fieldState.error?.message}
          aside={
            <span className="text-[0.8125rem] text-muted tabular">
              {unit ? `${field.value} ${unit}` : field.value.toFixed(2)}
            </span>
          }
        >
          {(props) => (
            <Slider
              id={props.id}
              aria-describedby={props['aria-describedby']}
              label={label}
              value={field.value}
              onValueChange={field.onChange}
              {...range}
            />
          )}
        </Field>
      )}
    />
  );
}
