import { Controller, useFormContext, useWatch } from 'react-hook-form';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Notice } from '@/components/ui/notice';
import { Select } from '@/components/ui/select';
import { Slider } from '@/components/ui/slider';
import type { AgentForm } from '../agent-form';
import { useLocalModels, type Agent } from '../queries';

const providers = [
  { value: 'local', label: 'Local', description: 'Runs on this server; nothing leaves it' },
  {
    value: 'openai_compatible',
    label: 'OpenAI-compatible',
    description: 'Any endpoint that offers /chat/completions',
  },
];

export function ModelTab({ agent }: { agent: Agent }) {
  const { control, register, formState } = useFormContext<AgentForm>();
  const { errors } = formState;
  const provider = useWatch({ control, name: 'model.provider' });
  return (
    <div className="flex flex-col gap-5">
      <Controller
        control={control}
        name="model.provider"
        render={({ field }) => (
          <Field label="Provider" className="max-w-sm">
            {(props) => (
              <Select {...props} value={field.value} onValueChange={field.onChange} options={providers} />
            )}
          </Field>
        )}
      />
      {provider === 'local' ? <LocalModel /> : <Endpoint agent={agent} />}
      <div className="grid gap-5 sm:grid-cols-2">
        <Controller
          control={control}
          name="model.temperature"
          render={({ field }) => (
            <Field
              label="Temperature"
              hint="Lower keeps to the instructions, higher varies."
              error={errors.model?.temperature?.message}
              aside={<span className="text-[0.8125rem] text-muted tabular">{field.value.toFixed(2)}</span>}
            >
              {(props) => (
                <Slider
                  id={props.id}
                  aria-describedby={props['aria-describedby']}
                  label="Temperature"
                  value={field.value}
                  onValueChange={field.onChange}
                  min={0}
                  max={2}
                  step={0.05}
                />
              )}
            </Field>
          )}
        />
        <Field
          label="Longest answer, tokens"
          hint="A spoken sentence is about 20."
          error={errors.model?.max_output_tokens?.message}
        >
          {(props) => (
            <Input
              {...props}
              type="number"
              min={1}
              max={16384}
              className="max-w-32"
              {...register('model.max_output_tokens', {
                valueAsNumber: true,
                required: 'Enter a number from 1 to 16384.',
                min: { value: 1, message: 'Enter a number from 1 to 16384.' },
                max: { value: 16384, message: 'Enter a number from 1 to 16384.' },
              })}
            />
          )}
        </Field>
      </div>
    </div>
  );
}

function LocalModel() {
  const { control } = useFormContext<AgentForm>();
  const models = useLocalModels('llm');
  return (
    <>
      <Controller
        control={control}
        name="model.name"
        render={({ field }) => (
          <Field label="Model" className="max-w-sm">
            {(props) => (
              <Select
                {...props}
                value={field.value}
                onValueChange={field.onChange}
                placeholder={models.isPending ? 'Loading…' : 'The server’s own model'}
                options={(models.data ?? []).map((model) => ({
                  value: model.id,
                  label: model.name,
                  description: model.ready ? model.licence : 'Not loaded yet',
                }))}
              />
            )}
          </Field>
        )}
      />
      <Notice>
        The bundled model is small: right for short, guided answers and for working offline. For free
        conversation connect an endpoint with a larger one.
      </Notice>
    </>
  );
}

function Endpoint({ agent }: { agent: Agent }) {
  const { register, formState, control, setValue } = useFormContext<AgentForm>();
  const errors = formState.errors.model;
  const removing = useWatch({ control, name: 'model.remove_api_key' });
  const stored = agent.model.has_api_key && !removing;
  return (
    <div className="grid gap-5 sm:grid-cols-2">
      <Field label="Base URL" hint="Without /chat/completions" error={errors?.base_url?.message}>
        {(props) => (
          <Input
            {...props}
            type="url"
            inputMode="url"
            spellCheck={false}
            placeholder="http://127.0.0.1:11434/v1"
            {...register('model.base_url', {
              required: 'Enter the address of the endpoint.',
              pattern: { value: /^https?:\/\/.+/, message: 'It begins with http:// or https://.' },
            })}
          />
        )}
      </Field>
      <Field label="Model name" hint="As the provider calls it" error={errors?.name?.message}>
        {(props) => (
          <Input
            {...props}
            spellCheck={false}
            maxLength={128}
            {...register('model.name', { required: 'Enter the name of the model.' })}
          />
        )}
      </Field>
      <Field
        label="API key"
        className="sm:col-span-2"
        hint={
          removing
            ? 'The stored key goes with the next save.'
            : 'Sealed on the server and never shown again. Not every endpoint needs one.'
        }
        error={errors?.api_key?.message}
        aside={
          stored && (
            <Button
              variant="link"
              size="inline"
              className="text-xs"
              onClick={() => setValue('model.remove_api_key', true, { shouldDirty: true })}
            >
              Remove the stored key
            </Button>
          )
        }
      >
        {(props) => (
          <Input
            {...props}
            type="password"
            autoComplete="off"
            maxLength={512}
            placeholder={stored ? '•••••••• stored; type to replace' : 'None'}
            {...register('model.api_key')}
          />
        )}
      </Field>
    </div>
  );
}
