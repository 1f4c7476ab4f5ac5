import { Controller, useFormContext, useWatch } from 'react-hook-form';
import { Field } from '@/components/ui/field';
import { Textarea } from '@/components/ui/input';
import type { AgentForm } from '../agent-form';
import { NumberSlider } from './number-slider';

/** What the agent says when nobody says anything: to a silent caller, and while a tool works. */
export function SilenceFields() {
  const { control } = useFormContext<AgentForm>();
  const [after, texts] = useWatch({ control, name: ['idle.after_seconds', 'fillers.texts'] });
  return (
    <>
      <section aria-label="Silent callers" className="flex flex-col gap-5 border-t border-line pt-5">
        <NumberSlider
          name="idle.after_seconds"
          label="Ask a silent caller after"
          hint="0: never. At least 2 seconds otherwise."
          unit="s"
          min={0}
          max={120}
          step={1}
        />
        {after > 0 && (
          <>
            <LinesField
              name="idle.prompts"
              label="What is asked"
              hint="One sentence a line, said in turn. Empty: the model words it."
            />
            <NumberSlider
              name="idle.max_prompts"
              label="Hang up after"
              hint="So many unanswered questions."
              unit="questions"
              min={0}
              max={10}
              step={1}
            />
          </>
        )}
      </section>
      <section aria-label="Fillers" className="flex flex-col gap-5 border-t border-line pt-5">
        <LinesField
          name="fillers.texts"
          label="Said while a tool works"
          hint="One sentence a line, said in turn. Empty: silence."
        />
        {texts.trim() && (
          <div className="grid gap-5 sm:grid-cols-2">
            <NumberSlider
              name="fillers.after_ms"
              label="First after"
              unit="ms"
              min={200}
              max={10000}
              step={100}
            />
            <NumberSlider
              name="fillers.every_ms"
              label="Then every"
              unit="ms"
              min={1000}
              max={30000}
              step={500}
            />
          </div>
        )}
      </section>
    </>
  );
}

interface LinesFieldProps {
  name: 'idle.prompts' | 'fillers.texts';
  label: string;
  hint: string;
}

function LinesField({ name, label, hint }: LinesFieldProps) {
  const { control } = useFormContext<AgentForm>();
  return (
    <Controller
      control={control}
      name={name}
      render={({ field, fieldState }) => (
        <Field label={label} hint={hint} error={fieldState.error?.message}>
          {(props) => <Textarea {...props} {...field} rows={3} />}
        </Field>
      )}
    />
  );
}
