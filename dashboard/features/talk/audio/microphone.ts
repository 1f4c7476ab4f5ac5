import type { CaptureMessage } from './messages';

export type MicrophoneProblem = 'insecure' | 'denied' | 'missing' | 'busy' | 'failed';

export class MicrophoneError extends Error {
  override readonly name = 'MicrophoneError';
  constructor(
    readonly problem: MicrophoneProblem,
    message: string,
  ) {
    super(message);
  }
}

/** What went wrong, and what the person can do about it. */
export function explainMicrophone(cause: unknown): MicrophoneError {
  const name = cause instanceof DOMException ? cause.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') {
    return new MicrophoneError(
      'denied',
      'Microphone access was refused. Allow it in the site settings beside the address bar, then press Try again. You can type meanwhile.',
    );
  }
  if (name === 'NotFoundError' || name === 'OverconstrainedError') {
    return new MicrophoneError(
      'missing',
      'No microphone was found. Connect one and press Try again. You can type meanwhile.',
    );
  }
  if (name === 'NotReadableError' || name === 'AbortError') {
    return new MicrophoneError(
      'busy',
      'The microphone is in use by another program. Close it there and press Try again. You can type meanwhile.',
    );
  }
  return new MicrophoneError('failed', 'The microphone could not be started. You can type meanwhile.');
}

/** The caller's voice as 24 kHz PCM. The context belongs to the caller of `open`; this owns the media stream. */
export class Microphone {
  private constructor(
    private readonly stream: MediaStream,
    private readonly source: MediaStreamAudioSourceNode,
    private readonly node: AudioWorkletNode,
  ) {}

  /** Throws MicrophoneError. `onEnded` runs when the device goes away. */
  static async open(
    context: AudioContext,
    onFrame: (frame: CaptureMessage) => void,
    onEnded: () => void,
  ): Promise<Microphone> {
    if (!navigator.mediaDevices?.getUserMedia) {
      throw new MicrophoneError(
        'insecure',
        'The browser gives the microphone only to pages on https:// or 127.0.0.1. Open the page there. You can type meanwhile.',
      );
    }
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
      });
    } catch (cause) {
      throw explainMicrophone(cause);
    }
    const source = context.createMediaStreamSource(stream);
    const node = new AudioWorkletNode(context, 'aimpact-capture', {
      numberOfInputs: 1,
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: 'explicit',
    });
    node.port.onmessage = ({ data }: MessageEvent<CaptureMessage>) => onFrame(data);
    source.connect(node);
    for (const track of stream.getAudioTracks()) track.addEventListener('ended', onEnded, { once: true });
    return new Microphone(stream, source, node);
  }

  /** Muted, the device delivers silence, so that a turn in progress still comes to its end. */
  set muted(muted: boolean) {
    for (const track of this.stream.getAudioTracks()) track.enabled = !muted;
  }

  close(): void {
    this.node.port.onmessage = null;
    this.source.disconnect();
    for (const track of this.stream.getTracks()) track.stop();
  }
}
