import type { Metadata } from 'next';
import { Page } from '@/components/page';
import { EditAgent } from '@/features/agents/editor/edit-agent';

export const metadata: Metadata = { title: 'Edit agent' };

export default function EditAgentPage() {
  return (
    <Page>
      <EditAgent />
    </Page>
  );
}
