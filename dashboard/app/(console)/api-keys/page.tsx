import type { Metadata } from 'next';
import { Page } from '@/components/page';
import { PageHeader } from '@/components/page-header';
import { ApiKeyList } from '@/features/api-keys/api-key-list';
import { ClientExample } from '@/features/api-keys/client-example';
import { CreateKeyDialog } from '@/features/api-keys/create-key-dialog';

export const metadata: Metadata = { title: 'API keys' };

export default function ApiKeysPage() {
  return (
    <Page>
      <PageHeader
        title="API keys"
        description="For programs that use this server."
        actions={<CreateKeyDialog />}
      />
      <div className="flex flex-col gap-5">
        <ApiKeyList />
        <ClientExample />
      </div>
    </Page>
  );
}
