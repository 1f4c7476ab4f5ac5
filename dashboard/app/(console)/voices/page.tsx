import type { Metadata } from 'next';
import { Page } from '@/components/page';
import { PageHeader } from '@/components/page-header';
import { NewVoice } from '@/features/voices/new-voice';
import { OwnVoices } from '@/features/voices/own-voices';
import { StockVoices } from '@/features/voices/stock-voices';

export const metadata: Metadata = { title: 'Voices' };

export default function VoicesPage() {
  return (
    <Page>
      <PageHeader
        title="Voices"
        description="Your own voices, made after people who consented, and those that come with the server."
        actions={<NewVoice />}
      />
      <div className="flex flex-col gap-6">
        <OwnVoices />
        <StockVoices />
      </div>
    </Page>
  );
}
