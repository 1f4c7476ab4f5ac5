'use client';

import { Plus } from 'lucide-react';
import { useState } from 'react';
import { CopyField } from '@/components/ui/copy-field';
import { Button } from '@/components/ui/button';
import {
  Dialog,
  DialogActions,
  DialogClose,
  DialogContent,
  DialogTrigger,
  SubmitActions,
} from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import type { Schemas } from '@/lib/api/client';
import { errorDescription } from '@/lib/api/errors';
import { useCreateApiKey } from './queries';

const access: { value: string; label: string; description: string; scopes: Schemas['Permission'][] }[] = [
  {
    value: 'talk',
    label: 'Talk and speech',
    description: 'Conversations, chat, transcription, speech; for programs that use agents',
    scopes: ['converse', 'speech', 'agents_read', 'voices_read'],
  },
  {
    value: 'manage',
    label: 'Agents and conversations',
    description: 'The above, and editing agents and reading conversations',
    scopes: [
      'converse',
      'speech',
      'voices_read',
      'agents_read',
      'agents_write',
      'conversations_read',
      'conversations_write',
      'words_read',
      'words_write',
      'voices_write',
    ],
  },
  {
    value: 'phone',
    label: 'Telephone',
    description: 'Only calls; for a telephone provider',
    scopes: ['converse'],
  },
  { value: 'monitor', label: 'Monitoring', description: 'Only metrics', scopes: ['monitoring_read'] },
  { value: 'all', label: 'Everything', description: 'All that your own role may do', scopes: [] },
];

const lifetimes = [
  { value: '0', label: 'No end' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'One year' },
];

export function CreateKeyDialog() {
  const [open, setOpen] = useState(false);
  const create = useCreateApiKey();
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        if (!next) create.reset();
      }}
    >
      <DialogTrigger asChild>
        <Button variant="primary">
          <Plus aria-hidden /> New key
        </Button>
      </DialogTrigger>
      {create.data ? (
        <DialogContent
          title={`Key “${create.data.api_key.name}”`}
          description="Copy it now: it is stored as a hash and cannot be shown again."
        >
          <CopyField label="API key" value={create.data.key} />
          <DialogActions>
            <DialogClose asChild>
              <Button variant="primary">Done</Button>
            </DialogClose>
          </DialogActions>
        </DialogContent>
      ) : (
        <DialogContent
          title="New API key"
          description="For programs. Give each its own, so that one can be revoked alone."
        >
          <CreateKeyForm create={create} />
        </DialogContent>
      )}
    </Dialog>
  );
}

function CreateKeyForm({ create }: { create: ReturnType<typeof useCreateApiKey> }) {
  const [name, setName] = useState('');
  const [kind, setKind] = useState('talk');
  const [days, setDays] = useState('0');
  const submit = () => {
    const scopes = access.find(({ value }) => value === kind)?.scopes ?? [];
    create.mutate({
      name: name.trim(),
      scopes,
      ...(days !== '0' && { expires_at: new Date(Date.now() + Number(days) * 86_400_000).toISOString() }),
    });
  };
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Field label="Name" error={create.error ? errorDescription(create.error) : undefined}>
        {(props) => (
          <Input
            {...props}
            value={name}
            onChange={(event) => setName(event.target.value)}
            maxLength={100}
            placeholder="Call-centre bridge"
            autoComplete="off"
          />
        )}
      </Field>
      <Field label="Access">
        {(props) => <Select {...props} value={kind} onValueChange={setKind} options={access} />}
      </Field>
      <Field label="Valid for">
        {(props) => <Select {...props} value={days} onValueChange={setDays} options={lifetimes} />}
      </Field>
      <SubmitActions
        label="Create key"
        pendingLabel="Creating…"
        pending={create.isPending}
        disabled={!name.trim()}
      />
    </form>
  );
}
