'use client';

import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Controller, useForm } from 'react-hook-form';
import { Button } from '@/components/ui/button';
import { CopyField } from '@/components/ui/copy-field';
import { Dialog, DialogContent, DialogTrigger, SubmitActions } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select, type SelectOption } from '@/components/ui/select';
import type { Schemas } from '@/lib/api/client';
import { ApiError, errorDescription } from '@/lib/api/errors';
import { useMemberActions } from './queries';

/** 120 random bits in groups that can be read aloud. */
function makePassword(): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
  const picked = [...crypto.getRandomValues(new Uint32Array(24))].map((n) => alphabet[n % alphabet.length]);
  return [0, 6, 12, 18].map((at) => picked.slice(at, at + 6).join('')).join('-');
}

export function AddMemberDialog({ roles }: { roles: readonly SelectOption[] }) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button size="sm">
          <Plus aria-hidden /> Add member
        </Button>
      </DialogTrigger>
      <DialogContent
        title="Add a member"
        description="Give them the password yourself; they can change it in Settings."
      >
        <AddMemberForm roles={roles} onDone={() => setOpen(false)} />
      </DialogContent>
    </Dialog>
  );
}

function AddMemberForm({ roles, onDone }: { roles: readonly SelectOption[]; onDone: () => void }) {
  const { add } = useMemberActions();
  const [password] = useState(makePassword);
  const { register, handleSubmit, formState, setError, control } = useForm<Schemas['NewMember']>({
    defaultValues: { name: '', email: '', role: 'developer', password },
  });
  const { errors } = formState;
  const submit = handleSubmit((values) =>
    add.mutate(values, {
      onSuccess: onDone,
      onError: (error) => {
        const field = error instanceof ApiError && error.param === 'name' ? 'name' : 'email';
        setError(field, { message: errorDescription(error) }, { shouldFocus: true });
      },
    }),
  );
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      <Field label="Name" error={errors.name?.message}>
        {(props) => (
          <Input
            {...props}
            maxLength={100}
            autoComplete="off"
            {...register('name', { required: 'Enter their name.' })}
          />
        )}
      </Field>
      <Field label="E-mail" error={errors.email?.message}>
        {(props) => (
          <Input
            {...props}
            type="email"
            maxLength={254}
            autoComplete="off"
            {...register('email', { required: 'Enter their e-mail address.' })}
          />
        )}
      </Field>
      <Controller
        control={control}
        name="role"
        render={({ field }) => (
          <Field label="Role">
            {(props) => (
              <Select {...props} value={field.value} onValueChange={field.onChange} options={roles} />
            )}
          </Field>
        )}
      />
      <div className="flex flex-col gap-1.5">
        <span className="text-[0.8125rem] font-medium">First password</span>
        <CopyField label="First password" value={password} />
      </div>
      <SubmitActions label="Add member" pendingLabel="Adding…" pending={add.isPending} />
    </form>
  );
}
