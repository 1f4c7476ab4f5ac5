import { useState } from 'react';
import { Controller, useFormContext, useWatch } from 'react-hook-form';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import { Slider } from '@/components/ui/slider';
import { SwitchRow } from '@/components/ui/switch';
import { SpeechPreview } from '@/features/speech/speech-preview';
import { EmotionSelect, VoiceSelect } from '@/features/speech/pickers';
import type { AgentForm } from '../agent-form';
import { NumberSlider } from './number-slider';

const SAMPLE = 'Thanks for calling. Your order leaves on Tuesday, and costs $24.50. Anything else?';

const tones = [
  { value: 'off', label: 'Off', description: 'The agent’s own emotion, whatever the caller’s' },
  { value: 'neutral', label: 'Stay neutral' },
  { value: 'mirror', label: 'Mirror', description: 'As the caller sounds, but never angry or afraid' },
  { value: 'soothe', label: 'Soothe', description: 'Calm or empathetic to who is angry, afraid or sad' },
];

export function VoiceTab() {
  const { control, formState } = useFormContext<AgentForm>();
  const { errors } = formState;
  const [voice, emotion, intensity, speed] = useWatch({
    control,
    name: ['voice', 'emotion', 'emotion_intensity', 'speed'],
  });
  const [text, setText] = useState(SAMPLE);
  return (
    <div className="flex flex-col gap-5">
      <div className="grid gap-5 sm:grid-cols-2">
        <Controller
          control={control}
          name="voice"
          render={({ field }) => (
            <Field label="Voice" error={errors.voice?.message}>
              {(props) => <VoiceSelect {...props} value={field.value} onValueChange={field.onChange} />}
            </Field>
          )}
        />
        <Controller
          control={control}
          name="emotion"
          render={({ field }) => (
            <Field label="Emotion" error={errors.emotion?.message}>
              {(props) => <EmotionSelect {...props} value={field.value} onValueChange={field.onChange} />}
            </Field>
          )}
        />
      </div>
      <div className="grid gap-5 sm:grid-cols-2">
        <NumberSlider
          name="emotion_intensity"
          label="Intensity"
          hint="How strongly the emotion is said."
          min={0}
          max={1}
          step={0.05}
        />
        <Controller
          control={control}
          name="tone_policy"
          render={({ field }) => (
            <Field
              label="Tone towards the caller"
              hint="By how the caller sounds. Where the emotion above is neutral."
              error={errors.tone_policy?.message}
            >
              {(props) => (
                <Select {...props} value={field.value} onValueChange={field.onChange} options={tones} />
              )}
            </Field>
          )}
        />
      </div>
      <Controller
        control={control}
        name="expressive"
        render={({ field }) => (
          <SwitchRow
            label="The model chooses emotions"
            description="It is told of tags that change how a sentence is said. They are not part of the transcript."
            checked={field.value}
            onCheckedChange={field.onChange}
          />
        )}
      />
      <Controller
        control={control}
        name="speed"
        render={({ field }) => (
          <Field
            label="Speed"
            error={errors.speed?.message}
            aside={<span className="text-[0.8125rem] text-muted tabular">{field.value.toFixed(2)} ×</span>}
          >
            {(props) => (
              <Slider
                id={props.id}
                label="Speed"
                value={field.value}
                onValueChange={field.onChange}
                min={0.5}
                max={2}
                step={0.05}
              />
            )}
          </Field>
        )}
      />
      <div className="flex flex-col gap-3 rounded-lg border border-line bg-surface p-4">
        <Field label="Listen" hint="Spoken with the settings above, saved or not.">
          {(props) => (
            <Input
              {...props}
              value={text}
              maxLength={300}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <SpeechPreview text={text} voice={voice} emotion={emotion} intensity={intensity} speed={speed} />
      </div>
    </div>
  );
}
