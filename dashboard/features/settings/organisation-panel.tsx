'use client';

import { useForm } from 'react-hook-form';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Panel, PanelBody, PanelHeader } from '@/components/ui/panel';
import { useCan } from '@/features/session/permissions';
import { useSignedIn } from '@/features/session/session-provider';
import { useRenameOrganisation } from './queries';

export function OrganisationPanel() {
  const { organisation } = useSignedIn();
  const canWrite = useCan('organisation_write');
  const rename = useRenameOrganisation();
  const { register, handleSubmit, formState } = useForm({ values: { name: organisation.name } });
  return (
    <Panel>
      <PanelHeader title="Organisation" description="Agents, conversations and keys belong to it." />
      <PanelBody>
        <form
          noValidate
          onSubmit={handleSubmit(({ name }) => rename.mutate(name.trim()))}
          className="flex max-w-sm items-end gap-2"
        >
          <Field label="Name" className="grow" error={formState.errors.name?.message}>
            {(props) => (
              <Input
                {...props}
                maxLength={100}
                readOnly={!canWrite}
                {...register('name', { required: 'Enter a name.' })}
              />
            )}
          </Field>
          {canWrite && (
            <Button type="submit" disabled={!formState.isDirty || rename.isPending}>
              Rename
            </Button>
          )}
        </form>
      </PanelBody>
    </Panel>
  );
}
