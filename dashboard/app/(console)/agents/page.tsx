import type { Metadata } from 'next';
import { Page } from '@/components/page';
import { PageHeader } from '@/components/page-header';
import { AgentList } from '@/features/agents/agent-list';
import { CreateAgentDialog } from '@/features/agents/create-agent-dialog';

export const metadata: Metadata = { title: 'Agents' };

export default function AgentsPage() {
  return (
    <Page>
      <PageHeader
        title="Agents"
        description="Each has its own instructions, voice and model."
        actions={<CreateAgentDialog />}
      />
      <AgentList />
    </Page>
  );
}
