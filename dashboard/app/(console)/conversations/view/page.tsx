import type { Metadata } from 'next';
import { Page } from '@/components/page';
import { ViewConversation } from '@/features/conversations/view-conversation';

export const metadata: Metadata = { title: 'Conversation' };

export default function ConversationPage() {
  return (
    <Page>
      <ViewConversation />
    </Page>
  );
}
