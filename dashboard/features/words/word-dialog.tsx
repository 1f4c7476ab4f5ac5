'use client';

import { useState } from 'react';
import { Dialog, DialogContent, SubmitActions } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { SwitchRow } from '@/components/ui/switch';
import { ApiError, errorDescription } from '@/lib/api/errors';
import { useSaveWord, type Word } from './queries';

interface WordDialogProps {
  /** What is changed; absent: a new word. */
  word?: Word;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Adds a word or changes one. */
export function WordDialog({ word, open, onOpenChange }: WordDialogProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent
        title={word ? `Change ${word.word}` : 'New word'}
        description="A name or term that your agents say, or that callers say to them."
      >
        <WordForm word={word} onSaved={() => onOpenChange(false)} />
      </DialogContent>
    </Dialog>
  );
}

const spellings = (text: string) =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);

function WordForm({ word, onSaved }: { word?: Word; onSaved: () => void }) {
  const [text, setText] = useState(word?.word ?? '');
  const [pronunciation, setPronunciation] = useState(word?.pronunciation ?? '');
  const [sounds, setSounds] = useState(word?.sounds_like.join(', ') ?? '');
  const [recognise, setRecognise] = useState(word?.recognise ?? true);
  const save = useSaveWord(word);
  const param = save.error instanceof ApiError ? save.error.param : undefined;
  const errorOf = (name: string) => (save.error && param === name ? errorDescription(save.error) : undefined);
  const placed = ['pronunciation', 'sounds_like'].includes(param ?? '');
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(
          {
            word: text.trim(),
            pronunciation: pronunciation.trim(),
            sounds_like: spellings(sounds),
            recognise,
          },
          { onSuccess: onSaved },
        );
      }}
    >
      <Field label="Word" error={save.error && !placed ? errorDescription(save.error) : undefined}>
        {(props) => (
          <Input
            {...props}
            value={text}
            onChange={(event) => setText(event.target.value)}
            maxLength={64}
            placeholder="Nguyen"
            autoComplete="off"
          />
        )}
      </Field>
      <Field
        label="Said like"
        hint="Other words, such as “win”, or phones between slashes. Empty: as usual."
        error={errorOf('pronunciation')}
      >
        {(props) => (
          <Input
            {...props}
            value={pronunciation}
            onChange={(event) => setPronunciation(event.target.value)}
            maxLength={256}
            autoComplete="off"
          />
        )}
      </Field>
      <Field
        label="Heard as"
        hint="Other spellings that sound like it, parted by commas."
        error={errorOf('sounds_like')}
      >
        {(props) => (
          <Input
            {...props}
            value={sounds}
            onChange={(event) => setSounds(event.target.value)}
            maxLength={512}
            autoComplete="off"
          />
        )}
      </Field>
      <SwitchRow
        label="Recognise"
        description="Prefer it where what a caller says sounds like it."
        checked={recognise}
        onCheckedChange={setRecognise}
      />
      <SubmitActions
        label="Save word"
        pendingLabel="Saving…"
        pending={save.isPending}
        disabled={!text.trim()}
      />
    </form>
  );
}
