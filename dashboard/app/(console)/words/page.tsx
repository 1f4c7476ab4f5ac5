import type { Metadata } from 'next';
import { Page } from '@/components/page';
import { PageHeader } from '@/components/page-header';
import { WordActions } from '@/features/words/word-actions';
import { WordList } from '@/features/words/word-list';

export const metadata: Metadata = { title: 'Words' };

export default function WordsPage() {
  return (
    <Page>
      <PageHeader
        title="Words"
        description="How names and terms are said, and which of them callers are likely to say."
        actions={<WordActions />}
      />
      <WordList />
    </Page>
  );
}
