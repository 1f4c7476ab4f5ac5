import type { Metadata } from 'next';
import { Page } from '@/components/page';
import { PageHeader } from '@/components/page-header';
import { ConversationList } from '@/features/conversations/conversation-list';

export const metadata: Metadata = { title: 'Conversations' };

export default function ConversationsPage() {
  return (
    <Page>
      <PageHeader title="Conversations" description="What was said, and where the time went." />
      <ConversationList />
    </Page>
  );
}
