import { Controller, useFormContext, useWatch } from 'react-hook-form';
import { Field } from '@/components/ui/field';
import { Select } from '@/components/ui/select';
import { SwitchRow } from '@/components/ui/switch';
import type { AgentForm } from '../agent-form';
import { NumberSlider } from './number-slider';
import { SilenceFields } from './silence-fields';

const detectors = [
  {
    value: 'semantic_vad',
    label: 'By meaning',
    description: 'A model judges whether the sentence is finished, so that a pause to think is no end',
  },
  { value: 'server_vad', label: 'By silence', description: 'A fixed silence ends the turn' },
  { value: 'none', label: 'By hand', description: 'The client says when a turn ends' },
];

const eagerness = [
  { value: 'auto', label: 'Automatic' },
  { value: 'low', label: 'Patient', description: 'Lets the caller take their time' },
  { value: 'medium', label: 'Balanced' },
  { value: 'high', label: 'Quick', description: 'Answers as soon as it may' },
];

const interruptions = [
  {
    value: 'adaptive',
    label: 'Words',
    description: 'A cough, “uh-huh” or an echo lets the agent go on; a false one resumes where it stopped',
  },
  { value: 'vad', label: 'Any speech', description: 'The first sound of speech stops the agent' },
];

export function TurnsTab() {
  const { control } = useFormContext<AgentForm>();
  const type = useWatch({ control, name: 'turn_detection.type' });
  return (
    <div className="flex flex-col gap-6">
      <div className="grid gap-5 sm:grid-cols-2">
        <Controller
          control={control}
          name="turn_detection.type"
          render={({ field }) => (
            <Field label="End of the caller’s turn">
              {(props) => (
                <Select {...props} value={field.value} onValueChange={field.onChange} options={detectors} />
              )}
            </Field>
          )}
        />
        {type === 'semantic_vad' && (
          <Controller
            control={control}
            name="turn_detection.eagerness"
            render={({ field }) => (
              <Field label="Eagerness">
                {(props) => (
                  <Select {...props} value={field.value} onValueChange={field.onChange} options={eagerness} />
                )}
              </Field>
            )}
          />
        )}
      </div>
      {type !== 'none' && (
        <div className="grid gap-5 sm:grid-cols-2">
          {type === 'server_vad' && (
            <NumberSlider
              name="turn_detection.silence_duration_ms"
              label="Silence"
              unit="ms"
              min={100}
              max={5000}
              step={50}
            />
          )}
          <NumberSlider
            name="turn_detection.threshold"
            label="Speech threshold"
            hint="Raise it in noisy places."
            min={0}
            max={1}
            step={0.05}
          />
          <NumberSlider
            name="turn_detection.prefix_padding_ms"
            label="Audio kept before speech"
            unit="ms"
            min={0}
            max={2000}
            step={50}
          />
        </div>
      )}
      <div className="flex flex-col gap-5 border-t border-line pt-5">
        <SwitchField
          name="turn_detection.interrupt_response"
          label="Callers can interrupt"
          description="Speaking over the agent stops it at once; what was not heard is forgotten."
        />
        <Controller
          control={control}
          name="turn_detection.interruptions"
          render={({ field }) => (
            <Field label="What counts as an interruption">
              {(props) => (
                <Select
                  {...props}
                  value={field.value}
                  onValueChange={field.onChange}
                  options={interruptions}
                />
              )}
            </Field>
          )}
        />
        <SwitchField
          name="turn_detection.create_response"
          label="Answer every turn"
          description="Off: the client asks for each answer itself."
        />
        <SwitchField
          name="store_audio"
          label="Keep recordings"
          description="Stores the audio of conversations beside their transcripts. Tell your callers."
        />
      </div>
      <SilenceFields />
    </div>
  );
}

interface SwitchFieldProps {
  name: 'turn_detection.interrupt_response' | 'turn_detection.create_response' | 'store_audio';
  label: string;
  description: string;
}

function SwitchField({ name, label, description }: SwitchFieldProps) {
  const { control } = useFormContext<AgentForm>();
  return (
    <Controller
      control={control}
      name={name}
      render={({ field }) => (
        <SwitchRow
          label={label}
          description={description}
          checked={field.value}
          onCheckedChange={field.onChange}
        />
      )}
    />
  );
}
