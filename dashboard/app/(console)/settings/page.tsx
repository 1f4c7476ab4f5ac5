import type { Metadata } from 'next';
import { Page } from '@/components/page';
import { PageHeader } from '@/components/page-header';
import { MembersPanel } from '@/features/settings/members-panel';
import { OrganisationPanel } from '@/features/settings/organisation-panel';
import { ProfilePanel } from '@/features/settings/profile-panel';

export const metadata: Metadata = { title: 'Settings' };

export default function SettingsPage() {
  return (
    <Page className="max-w-3xl">
      <PageHeader title="Settings" />
      <div className="flex flex-col gap-5">
        <ProfilePanel />
        <OrganisationPanel />
        <MembersPanel />
      </div>
    </Page>
  );
}
