import { AudioLines } from 'lucide-react';
import type { Metadata } from 'next';
import Link from 'next/link';
import { Page } from '@/components/page';
import { PageHeader } from '@/components/page-header';
import { Button } from '@/components/ui/button';
import { Figures } from '@/features/overview/figures';
import { LazyLatencyTrend } from '@/features/overview/lazy-latency-trend';
import { RecentConversations } from '@/features/overview/recent';

export const metadata: Metadata = { title: 'Overview' };

export default function OverviewPage() {
  return (
    <Page>
      <PageHeader
        title="Overview"
        actions={
          <Button asChild variant="primary">
            <Link href="/talk">
              <AudioLines aria-hidden /> Talk
            </Link>
          </Button>
        }
      />
      <div className="flex flex-col gap-5">
        <Figures />
        <LazyLatencyTrend />
        <RecentConversations />
      </div>
    </Page>
  );
}
