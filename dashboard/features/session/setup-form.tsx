'use client';

import Link from 'next/link';
import { useRouter, useSearchParams } from 'next/navigation';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Notice } from '@/components/ui/notice';
import { data, publicApi } from '@/lib/api/client';
import { ApiError, errorDescription, errorTitle } from '@/lib/api/errors';
import { useSession } from './session-provider';

type Values = { name: string; email: string; organisation: string; password: string; token: string };

export function SetupForm() {
  const { accept } = useSession();
  const router = useRouter();
  const token = useSearchParams().get('token') ?? '';
  const [failure, setFailure] = useState<unknown>(null);
  const { register, handleSubmit, formState, setError } = useForm<Values>({
    defaultValues: { name: '', email: '', organisation: '', password: '', token },
  });
  const { errors } = formState;

  const submit = handleSubmit(async (values) => {
    setFailure(null);
    try {
      accept(await data(publicApi.POST('/api/v1/setup', { body: values })));
      router.replace('/');
    } catch (error) {
      const field = error instanceof ApiError ? error.param : undefined;
      if (field && field in values) {
        setError(field as keyof Values, { message: errorDescription(error) }, { shouldFocus: true });
      } else {
        setFailure(error);
      }
    }
  });

  const done = failure instanceof ApiError && failure.code === 'failed_precondition';
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      {failure !== null && (
        <Notice
          tone="danger"
          title={done ? 'This server is set up already' : errorTitle(failure)}
          action={
            done && (
              <Button asChild size="sm">
                <Link href="/sign-in">Sign in</Link>
              </Button>
            )
          }
        >
          {!done && errorDescription(failure)}
        </Notice>
      )}
      {!token && (
        <Field
          label="Set-up token"
          hint="The server prints it, in a link, where it was started."
          error={errors.token?.message}
        >
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              autoFocus
              spellCheck={false}
              className="font-mono"
              {...register('token', { required: 'Copy the token from the link that the server printed.' })}
            />
          )}
        </Field>
      )}
      <Field label="Your name" error={errors.name?.message}>
        {(control) => (
          <Input
            {...control}
            autoComplete="name"
            autoFocus={token !== ''}
            maxLength={100}
            {...register('name', { required: 'Enter your name.' })}
          />
        )}
      </Field>
      <Field label="E-mail" error={errors.email?.message}>
        {(control) => (
          <Input
            {...control}
            type="email"
            autoComplete="username"
            maxLength={254}
            {...register('email', {
              required: 'Enter your e-mail address.',
              pattern: { value: /^\S+@\S+$/, message: 'That is not an e-mail address.' },
            })}
          />
        )}
      </Field>
      <Field label="Organisation" error={errors.organisation?.message}>
        {(control) => (
          <Input
            {...control}
            autoComplete="organization"
            maxLength={100}
            {...register('organisation', { required: 'Enter the name of your team or company.' })}
          />
        )}
      </Field>
      <Field
        label="Password"
        hint="At least 8 characters. A few unrelated words work well."
        error={errors.password?.message}
      >
        {(control) => (
          <Input
            {...control}
            type="password"
            autoComplete="new-password"
            maxLength={128}
            {...register('password', {
              required: 'Choose a password.',
              minLength: { value: 8, message: 'Use at least 8 characters.' },
            })}
          />
        )}
      </Field>
      <Button type="submit" variant="primary" disabled={formState.isSubmitting} className="mt-1">
        {formState.isSubmitting ? 'Creating…' : 'Create account'}
      </Button>
    </form>
  );
}
