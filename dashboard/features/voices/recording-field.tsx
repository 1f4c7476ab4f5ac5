import { Mic, Square, Upload } from 'lucide-react';
import { useEffect, useMemo, useRef } from 'react';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { useRecorder } from './use-recorder';

interface RecordingFieldProps {
  /** What is recorded, for the buttons' names: "the consent". */
  what: string;
  secondsMax: number;
  value: Blob | null;
  onChange: (recording: Blob | null) => void;
  disabled?: boolean;
}

/** A recording by the microphone or from a file, and a player to check it. */
export function RecordingField({ what, secondsMax, value, onChange, disabled }: RecordingFieldProps) {
  const recorder = useRecorder(secondsMax, onChange);
  const file = useRef<HTMLInputElement>(null);
  const url = useMemo(() => (value ? URL.createObjectURL(value) : ''), [value]);
  useEffect(() => () => void (url && URL.revokeObjectURL(url)), [url]);
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        {recorder.recording ? (
          <Button onClick={recorder.stop} variant="primary" aria-label={`Stop recording ${what}`}>
            <Square aria-hidden /> Stop
          </Button>
        ) : (
          <Button onClick={() => void recorder.start()} disabled={disabled} aria-label={`Record ${what}`}>
            <Mic aria-hidden /> {value ? 'Record again' : 'Record'}
          </Button>
        )}
        <input
          ref={file}
          type="file"
          accept="audio/*,.wav,.flac,.mp3,.ogg,.opus"
          aria-label={`A recording of ${what}`}
          className="hidden"
          onChange={(event) => {
            const chosen = event.target.files?.[0];
            event.target.value = '';
            if (chosen) onChange(chosen);
          }}
        />
        <Button disabled={disabled || recorder.recording} onClick={() => file.current?.click()}>
          <Upload aria-hidden /> Upload
        </Button>
        {recorder.recording && (
          <span role="status" className="flex items-center gap-2 text-[0.8125rem] text-muted tabular">
            <meter aria-label="Level" min={0} max={1} value={recorder.level} className="w-20" />
            {recorder.seconds.toFixed(0)} s of {secondsMax} s
          </span>
        )}
      </div>
      {recorder.problem && <Notice tone="warning">{recorder.problem}</Notice>}
      {value && !recorder.recording && (
        <audio controls src={url} aria-label={`Recording of ${what}`} className="h-9 w-full" />
      )}
    </div>
  );
}
