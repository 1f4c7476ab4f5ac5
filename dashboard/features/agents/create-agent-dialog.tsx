'use client';

import { Plus } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { RadioGroup } from 'radix-ui';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog, DialogContent, DialogTrigger, SubmitActions } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { errorDescription } from '@/lib/api/errors';
import { useCreateAgent } from './queries';
import { starters } from './starters';

export function CreateAgentDialog() {
  const router = useRouter();
  const [name, setName] = useState('');
  const [starter, setStarter] = useState(starters[0]!.value);
  const create = useCreateAgent((agent) => router.push(`/agents/edit?id=${agent.id}`));

  return (
    <Dialog onOpenChange={() => create.reset()}>
      <DialogTrigger asChild>
        <Button variant="primary">
          <Plus aria-hidden /> New agent
        </Button>
      </DialogTrigger>
      <DialogContent title="New agent" description="Choose a start; everything can be changed afterwards.">
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            const base = starters.find(({ value }) => value === starter);
            create.mutate({ name: name.trim(), ...base?.agent });
          }}
        >
          <Field label="Name" error={create.error ? errorDescription(create.error) : undefined}>
            {(control) => (
              <Input
                {...control}
                value={name}
                onChange={(event) => setName(event.target.value)}
                maxLength={80}
                required
                placeholder="Front desk"
                autoComplete="off"
              />
            )}
          </Field>
          <RadioGroup.Root
            value={starter}
            onValueChange={setStarter}
            aria-label="Starting point"
            className="flex flex-col gap-2"
          >
            {starters.map(({ value, label, description }) => (
              <RadioGroup.Item
                key={value}
                value={value}
                className="flex flex-col rounded-md border border-line px-3 py-2 text-left hover:bg-sunken data-[state=checked]:border-accent data-[state=checked]:bg-accent-soft"
              >
                <span className="text-sm font-medium">{label}</span>
                <span className="text-[0.8125rem] text-muted">{description}</span>
              </RadioGroup.Item>
            ))}
          </RadioGroup.Root>
          <SubmitActions
            label="Create agent"
            pendingLabel="Creating…"
            pending={create.isPending}
            disabled={!name.trim()}
          />
        </form>
      </DialogContent>
    </Dialog>
  );
}
