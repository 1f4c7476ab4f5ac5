import { useState } from 'react';
import { Controller, useFormContext, useWatch } from 'react-hook-form';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Slider } from '@/components/ui/slider';
import { SpeechPreview } from '@/features/speech/speech-preview';
import { EmotionSelect, VoiceSelect } from '@/features/speech/pickers';
import type { AgentForm } from '../agent-form';

const SAMPLE = 'Thanks for calling. Your order leaves on Tuesday, and costs $24.50. Anything else?';

export function VoiceTab() {
  const { control, formState } = useFormContext<AgentForm>();
  const { errors } = formState;
  const [voice, emotion, speed] = useWatch({ control, name: ['voice', 'emotion', 'speed'] });
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
        <SpeechPreview text={text} voice={voice} emotion={emotion} speed={speed} />
      </div>
    </div>
  );
}
