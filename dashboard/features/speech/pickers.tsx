import { Select } from '@/components/ui/select';
import { useEmotions, useVoices } from '@/features/agents/queries';
import type { FieldControl } from '@/components/ui/field';

interface PickerProps extends FieldControl {
  value: string;
  onValueChange: (value: string) => void;
  disabled?: boolean;
}

const accents: Record<string, string> = { 'en-US': 'American English', 'en-GB': 'British English' };

export function VoiceSelect(props: PickerProps) {
  const voices = useVoices();
  const options = (voices.data ?? []).map((voice) => ({
    value: voice.id,
    label: voice.name,
    description: voice.description || voice.gender,
    group: accents[voice.language] ?? voice.language,
  }));
  const known = options.some((option) => option.value === props.value);
  return (
    <Select
      {...props}
      placeholder={voices.isPending ? 'Loading…' : 'Choose a voice'}
      options={
        known || !props.value
          ? options
          : [{ value: props.value, label: props.value, group: 'Current' }, ...options]
      }
    />
  );
}

export function EmotionSelect(props: PickerProps) {
  const emotions = useEmotions();
  return (
    <Select
      {...props}
      placeholder={emotions.isPending ? 'Loading…' : 'Choose an emotion'}
      options={(emotions.data ?? []).map(({ id, name, description }) => ({
        value: id,
        label: name,
        description,
      }))}
    />
  );
}
