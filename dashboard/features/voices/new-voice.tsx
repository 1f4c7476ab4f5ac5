'use client';

import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog, DialogContent, DialogTrigger, SubmitActions } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Notice } from '@/components/ui/notice';
import { useCan } from '@/features/session/permissions';
import { errorDescription } from '@/lib/api/errors';
import { toast } from '@/lib/toast';
import { useConsentPhrase, useGiveConsent, useMakeVoice, type VoiceConsent } from './queries';
import { RecordingField } from './recording-field';

/** Consent first, then a sample: a voice is made only after a person who agreed to it. */
export function NewVoice() {
  const canWrite = useCan('voices_write');
  const [open, setOpen] = useState(false);
  const [consent, setConsent] = useState<VoiceConsent | null>(null);
  if (!canWrite) return null;
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        if (!next) setConsent(null);
      }}
    >
      <DialogTrigger asChild>
        <Button variant="primary">
          <Plus aria-hidden /> New voice
        </Button>
      </DialogTrigger>
      {consent ? (
        <DialogContent
          title="Sample of the voice"
          description={`${consent.name} consented. Now 10 to 30 seconds of the same person in a quiet room, about anything.`}
        >
          <SampleForm consent={consent} onMade={() => setOpen(false)} />
        </DialogContent>
      ) : (
        <DialogContent
          title="Consent"
          description="The person whose voice it is says the sentence below. It is checked, kept, and shown with the voice."
        >
          <ConsentForm onGiven={setConsent} />
        </DialogContent>
      )}
    </Dialog>
  );
}

function ConsentForm({ onGiven }: { onGiven: (consent: VoiceConsent) => void }) {
  const phrase = useConsentPhrase();
  const give = useGiveConsent();
  const [name, setName] = useState('');
  const [recording, setRecording] = useState<Blob | null>(null);
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!recording || !phrase.data) return;
        give.mutate({ name: name.trim(), language: phrase.data.language, recording }, { onSuccess: onGiven });
      }}
    >
      <Field label="Who consents">
        {(props) => (
          <Input
            {...props}
            value={name}
            onChange={(event) => setName(event.target.value)}
            maxLength={80}
            placeholder="Ada Lovelace"
            autoComplete="off"
          />
        )}
      </Field>
      {phrase.isError ? (
        <Notice tone="danger">{errorDescription(phrase.error)}</Notice>
      ) : (
        <blockquote className="border-l-2 border-accent pl-3 text-sm">
          {phrase.data?.phrase ?? 'Loading the sentence…'}
        </blockquote>
      )}
      <RecordingField
        what="the consent"
        secondsMax={30}
        value={recording}
        onChange={setRecording}
        disabled={give.isPending}
      />
      {give.isError && <Notice tone="danger">{errorDescription(give.error)}</Notice>}
      <SubmitActions
        label="Give consent"
        pendingLabel="Checking…"
        pending={give.isPending}
        disabled={!name.trim() || !recording || !phrase.data}
      />
    </form>
  );
}

function SampleForm({ consent, onMade }: { consent: VoiceConsent; onMade: () => void }) {
  const make = useMakeVoice();
  const [name, setName] = useState(consent.name);
  const [sample, setSample] = useState<Blob | null>(null);
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!sample) return;
        make.mutate(
          { name: name.trim(), consent: consent.id, audio_sample: sample },
          {
            onSuccess: (voice) => {
              toast.success(
                voice.aimpact.status === 'ready'
                  ? `${voice.name} can be used`
                  : `${voice.name} is being made`,
                { description: 'It is refined in the background.' },
              );
              onMade();
            },
          },
        );
      }}
    >
      <Field label="Name of the voice">
        {(props) => (
          <Input
            {...props}
            value={name}
            onChange={(event) => setName(event.target.value)}
            maxLength={80}
            autoComplete="off"
          />
        )}
      </Field>
      <RecordingField
        what="the sample"
        secondsMax={60}
        value={sample}
        onChange={setSample}
        disabled={make.isPending}
      />
      {make.isError && <Notice tone="danger">{errorDescription(make.error)}</Notice>}
      <SubmitActions
        label="Make the voice"
        pendingLabel="Making the voice…"
        pending={make.isPending}
        disabled={!name.trim() || !sample}
      />
    </form>
  );
}
