'use client';

import { useQueryClient } from '@tanstack/react-query';
import { AudioLines } from 'lucide-react';
import Link from 'next/link';
import { useEffect, useState } from 'react';
import { FormProvider, useForm } from 'react-hook-form';
import { PageHeader } from '@/components/page-header';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Tabs, TabsContent, TabsList, TabsTrigger } from '@/components/ui/tabs';
import { useCan } from '@/features/session/permissions';
import { api, data } from '@/lib/api/client';
import { ApiError, errorDescription } from '@/lib/api/errors';
import { formatRelative } from '@/lib/format';
import { toast, toastError } from '@/lib/toast';
import { tabOf, toForm, toPatch, type AgentForm } from '../agent-form';
import type { Agent } from '../queries';
import { ConflictNotice } from './conflict-notice';
import { HistoryTab } from './history-tab';
import { ModelTab } from './model-tab';
import { PhoneTab } from './phone-tab';
import { PromptTab } from './prompt-tab';
import { ToolsTab } from './tools-tab';
import { TurnsTab } from './turns-tab';
import { VoiceTab } from './voice-tab';

const tabs = [
  { value: 'prompt', label: 'Prompt', Content: PromptTab },
  { value: 'voice', label: 'Voice', Content: VoiceTab },
  { value: 'model', label: 'Model', Content: ModelTab },
  { value: 'turns', label: 'Turn-taking', Content: TurnsTab },
  { value: 'tools', label: 'Tools', Content: ToolsTab },
  { value: 'phone', label: 'Phone', Content: PhoneTab },
  { value: 'history', label: 'History', Content: HistoryTab },
];

export function AgentEditor({ agent }: { agent: Agent }) {
  const queries = useQueryClient();
  const canWrite = useCan('agents_write');
  const [tab, setTab] = useState('prompt');
  const [conflict, setConflict] = useState<Agent | null>(null);
  const form = useForm<AgentForm>({ defaultValues: toForm(agent) });
  const { isDirty, isSubmitting } = form.formState;

  const adopt = (newer: Agent) => {
    setConflict(null);
    queries.setQueryData(['agents', 'one', agent.id], newer);
    form.reset(toForm(newer));
  };

  const save = async (values: AgentForm, version: number) => {
    const path = { agent_id: agent.id };
    try {
      const saved = await data(
        api.PATCH('/api/v1/agents/{agent_id}', { params: { path }, body: toPatch(values, version) }),
      );
      adopt(saved);
      void queries.invalidateQueries({ queryKey: ['agents', 'list'] });
      void queries.invalidateQueries({ queryKey: ['agents', 'options'] });
      void queries.invalidateQueries({ queryKey: ['agents', 'versions', agent.id] });
      toast.success(`Saved as version ${saved.version}`);
    } catch (error) {
      if (error instanceof ApiError && error.code === 'conflict') {
        const theirs = await data(api.GET('/api/v1/agents/{agent_id}', { params: { path } })).catch(
          () => null,
        );
        if (theirs && theirs.version !== version) return setConflict(theirs);
      }
      if (error instanceof ApiError && error.param) {
        setTab(tabOf(error.param));
        form.setError(error.param as keyof AgentForm, { message: errorDescription(error) });
      }
      toastError(error);
    }
  };

  const submit = form.handleSubmit(
    (values) => save(values, agent.version),
    (errors) => {
      const first = Object.keys(errors)[0];
      if (first) setTab(tabOf(first));
      toast.error('Some fields need attention');
    },
  );

  useSaveShortcut(submit);
  useWarnBeforeLeaving(isDirty);

  return (
    <FormProvider {...form}>
      <form onSubmit={submit} noValidate>
        <div className="z-10 -mx-1 bg-background px-1 md:sticky md:top-0 md:pt-2">
          <PageHeader
            title={agent.name}
            description={
              <span className="flex flex-wrap items-center gap-2">
                <Badge className="tabular">v{agent.version}</Badge>
                <span>Updated {formatRelative(agent.updated_at)}</span>
                {isDirty && <span className="text-warning">Unsaved changes</span>}
              </span>
            }
            actions={
              <>
                <Button asChild>
                  <Link href={`/talk?agent=${agent.id}`}>
                    <AudioLines aria-hidden /> Talk
                  </Link>
                </Button>
                {canWrite && (
                  <Button type="submit" variant="primary" disabled={!isDirty || isSubmitting}>
                    {isSubmitting ? 'Saving…' : 'Save'}
                  </Button>
                )}
              </>
            }
          />
        </div>
        {conflict && (
          <ConflictNotice
            theirs={conflict}
            onTakeTheirs={() => adopt(conflict)}
            onKeepMine={() => void save(form.getValues(), conflict.version)}
          />
        )}
        <Tabs value={tab} onValueChange={setTab}>
          <TabsList aria-label="Parts of the agent">
            {tabs.map(({ value, label }) => (
              <TabsTrigger key={value} value={value}>
                {label}
              </TabsTrigger>
            ))}
          </TabsList>
          {tabs.map(({ value, Content }) => (
            <TabsContent key={value} value={value} tabIndex={-1} className="max-w-3xl">
              <fieldset disabled={!canWrite} className="min-w-0">
                <Content agent={agent} />
              </fieldset>
            </TabsContent>
          ))}
        </Tabs>
      </form>
    </FormProvider>
  );
}

function useSaveShortcut(save: () => Promise<void>) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key === 's') {
        event.preventDefault();
        void save();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [save]);
}

function useWarnBeforeLeaving(dirty: boolean) {
  useEffect(() => {
    if (!dirty) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [dirty]);
}
