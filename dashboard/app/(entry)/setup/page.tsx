import type { Metadata } from 'next';
import { SetupForm } from '@/features/session/setup-form';

export const metadata: Metadata = { title: 'Set up', referrer: 'no-referrer' };

export default function SetupPage() {
  return (
    <>
      <header className="flex flex-col gap-1">
        <h1>Create the first account</h1>
        <p className="text-muted">You will own this server’s organisation and can add others later.</p>
      </header>
      <SetupForm />
    </>
  );
}
