'use client';

import { useRouter, useSearchParams } from 'next/navigation';
import { useEffect, useState } from 'react';
import { useForm } from 'react-hook-form';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Notice } from '@/components/ui/notice';
import { data, publicApi } from '@/lib/api/client';
import { ApiError, errorDescription, errorTitle } from '@/lib/api/errors';
import { useSession } from './session-provider';

/** Only a path of this site: an absolute address here would be an open redirect. */
export function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) ? next : '/';
}

export function SignInForm() {
  const { state, accept } = useSession();
  const router = useRouter();
  const next = safeNext(useSearchParams().get('next'));
  const [failure, setFailure] = useState<unknown>(null);
  const { register, handleSubmit, formState, setFocus } = useForm({
    defaultValues: { email: '', password: '' },
  });

  useEffect(() => {
    if (state.status === 'signed-in') router.replace(next);
  }, [state.status, next, router]);

  const submit = handleSubmit(async (values) => {
    setFailure(null);
    try {
      accept(await data(publicApi.POST('/api/v1/auth/sign-in', { body: values })));
    } catch (error) {
      setFailure(error);
      setFocus('password', { shouldSelect: true });
    }
  });

  const wrong = failure instanceof ApiError && failure.code === 'unauthenticated';
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      {failure !== null && (
        <Notice tone="danger" title={wrong ? 'E-mail or password is wrong' : errorTitle(failure)}>
          {wrong ? 'Check both and try again. An owner can reset a password.' : errorDescription(failure)}
        </Notice>
      )}
      <Field label="E-mail" error={formState.errors.email?.message}>
        {(control) => (
          <Input
            {...control}
            type="email"
            autoComplete="username"
            autoFocus
            {...register('email', { required: 'Enter your e-mail address.' })}
          />
        )}
      </Field>
      <Field label="Password" error={formState.errors.password?.message}>
        {(control) => (
          <Input
            {...control}
            type="password"
            autoComplete="current-password"
            {...register('password', { required: 'Enter your password.' })}
          />
        )}
      </Field>
      <Button type="submit" variant="primary" disabled={formState.isSubmitting} className="mt-1">
        {formState.isSubmitting ? 'Signing in…' : 'Sign in'}
      </Button>
    </form>
  );
}
