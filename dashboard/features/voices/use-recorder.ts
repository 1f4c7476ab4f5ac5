import { useEffect, useRef, useState } from 'react';
import { WIRE_RATE } from '@/features/talk/audio/messages';
import { Microphone, MicrophoneError } from '@/features/talk/audio/microphone';
import { wavOf } from './wav';

interface Running {
  context: AudioContext;
  microphone?: Microphone;
  pieces: Int16Array[];
}

/** Records the microphone to a WAV file, with the worklet that Talk uses. Stops by itself at `secondsMax`. */
export function useRecorder(secondsMax: number, onRecorded: (recording: Blob) => void) {
  const [seconds, setSeconds] = useState<number | null>(null); // null: not recording
  const [level, setLevel] = useState(0);
  const [problem, setProblem] = useState('');
  const running = useRef<Running | null>(null);

  const end = () => {
    const run = running.current;
    running.current = null;
    run?.microphone?.close();
    void run?.context.close();
    setSeconds(null);
    setLevel(0);
    return run;
  };
  const stop = () => {
    const run = end();
    if (run && run.pieces.length > 0) onRecorded(wavOf(run.pieces, WIRE_RATE));
  };

  useEffect(() => () => void end(), []);

  const start = async () => {
    const run: Running = { context: new AudioContext(), pieces: [] };
    running.current = run;
    setProblem('');
    setSeconds(0);
    try {
      await run.context.audioWorklet.addModule('/worklets/capture.js');
      const take = ({ pcm, level: loud }: { pcm: Int16Array; level: number }) => {
        if (running.current !== run) return;
        run.pieces.push(pcm);
        const length = run.pieces.reduce((sum, piece) => sum + piece.length, 0) / WIRE_RATE;
        setLevel(loud);
        setSeconds(length);
        if (length >= secondsMax) stop();
      };
      const microphone = await Microphone.open(run.context, take, stop);
      if (running.current === run) run.microphone = microphone;
      else microphone.close();
    } catch (cause) {
      end();
      setProblem(
        cause instanceof MicrophoneError
          ? cause.message.replace(' You can type meanwhile.', ' You can upload a file instead.')
          : 'The recording could not be started. You can upload a file instead.',
      );
    }
  };

  return { recording: seconds !== null, seconds: seconds ?? 0, level, problem, start, stop };
}
