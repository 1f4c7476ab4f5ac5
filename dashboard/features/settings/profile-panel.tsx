'use client';

import { useForm } from 'react-hook-form';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Panel, PanelBody, PanelHeader } from '@/components/ui/panel';
import { useSignedIn } from '@/features/session/session-provider';
import { ApiError, errorDescription } from '@/lib/api/errors';
import { useChangePassword, useUpdateMe } from './queries';

export function ProfilePanel() {
  const { user } = useSignedIn();
  const update = useUpdateMe();
  const { register, handleSubmit, formState } = useForm({
    values: { name: user.name, email: user.email },
  });
  return (
    <Panel>
      <PanelHeader title="You" description="How your team sees you, and how you sign in." />
      <PanelBody className="flex flex-col gap-6">
        <form
          noValidate
          onSubmit={handleSubmit((values) => update.mutate(values))}
          className="grid items-start gap-4 sm:grid-cols-2"
        >
          <Field label="Name" error={formState.errors.name?.message}>
            {(props) => (
              <Input
                {...props}
                autoComplete="name"
                maxLength={100}
                {...register('name', { required: 'Enter your name.' })}
              />
            )}
          </Field>
          <Field label="E-mail" error={formState.errors.email?.message}>
            {(props) => (
              <Input
                {...props}
                type="email"
                autoComplete="username"
                maxLength={254}
                {...register('email', { required: 'Enter your e-mail address.' })}
              />
            )}
          </Field>
          <Button
            type="submit"
            disabled={!formState.isDirty || update.isPending}
            className="justify-self-start"
          >
            Save
          </Button>
        </form>
        <PasswordForm />
      </PanelBody>
    </Panel>
  );
}

function PasswordForm() {
  const { register, handleSubmit, formState, reset, setError } = useForm({
    defaultValues: { current_password: '', new_password: '' },
  });
  const { errors } = formState;
  const change = useChangePassword(() => reset());
  const submit = handleSubmit((values) =>
    change.mutate(values, {
      onError: (error) => {
        const wrong = error instanceof ApiError && error.code === 'permission_denied';
        const field = wrong ? 'current_password' : 'new_password';
        setError(
          field,
          { message: wrong ? 'That is not your current password.' : errorDescription(error) },
          { shouldFocus: true },
        );
      },
    }),
  );
  return (
    <form
      noValidate
      onSubmit={submit}
      className="grid items-start gap-4 border-t border-line pt-5 sm:grid-cols-2"
    >
      <Field label="Current password" error={errors.current_password?.message}>
        {(props) => (
          <Input
            {...props}
            type="password"
            autoComplete="current-password"
            {...register('current_password', { required: 'Enter your current password.' })}
          />
        )}
      </Field>
      <Field label="New password" hint="At least 8 characters." error={errors.new_password?.message}>
        {(props) => (
          <Input
            {...props}
            type="password"
            autoComplete="new-password"
            maxLength={128}
            {...register('new_password', {
              required: 'Choose a new password.',
              minLength: { value: 8, message: 'Use at least 8 characters.' },
            })}
          />
        )}
      </Field>
      <Button type="submit" disabled={change.isPending} className="justify-self-start">
        {change.isPending ? 'Changing…' : 'Change password'}
      </Button>
    </form>
  );
}
