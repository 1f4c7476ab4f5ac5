import { Plus, Trash2 } from 'lucide-react';
import { useFieldArray, useFormContext, useWatch } from 'react-hook-form';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { formatNumber } from '@/lib/format';
import { usedVariables, type AgentForm } from '../agent-form';

const INSTRUCTIONS_MAX = 32_768;

export function PromptTab() {
  const { register, formState, control } = useFormContext<AgentForm>();
  const { errors } = formState;
  const instructions = useWatch({ control, name: 'instructions' });
  return (
    <div className="flex flex-col gap-5">
      <div className="grid gap-5 sm:grid-cols-2">
        <Field label="Name" error={errors.name?.message}>
          {(field) => (
            <Input {...field} maxLength={80} {...register('name', { required: 'Give the agent a name.' })} />
          )}
        </Field>
        <Field label="Description" error={errors.description?.message}>
          {(field) => (
            <Input {...field} maxLength={500} placeholder="For your team" {...register('description')} />
          )}
        </Field>
      </div>
      <Field
        label="Instructions"
        error={errors.instructions?.message}
        hint="Who the agent is, what it knows, how it speaks. Write {{name}} where a variable goes. Spoken answers are best kept to a sentence or two."
        aside={
          <span className="text-xs text-faint tabular">
            {formatNumber(instructions.length)} / {formatNumber(INSTRUCTIONS_MAX)}
          </span>
        }
      >
        {(field) => (
          <Textarea
            {...field}
            rows={12}
            maxLength={INSTRUCTIONS_MAX}
            className="font-mono text-[0.8125rem]"
            {...register('instructions')}
          />
        )}
      </Field>
      <Field
        label="Greeting"
        error={errors.greeting?.message}
        hint="Spoken when a conversation starts. Leave it empty to let the caller speak first."
      >
        {(field) => <Textarea {...field} rows={2} maxLength={1000} {...register('greeting')} />}
      </Field>
      <Variables />
    </div>
  );
}

function Variables() {
  const { register, control, formState } = useFormContext<AgentForm>();
  const { fields, append, remove } = useFieldArray({ control, name: 'variables' });
  const [instructions, greeting, variables] = useWatch({
    control,
    name: ['instructions', 'greeting', 'variables'],
  });
  const known = new Set(variables.map(({ name }) => name));
  const missing = usedVariables(instructions, greeting).filter((name) => !known.has(name));
  const errors = formState.errors.variables;

  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-1.5 text-[0.8125rem] font-medium">Variables</legend>
      <p className="-mt-2 text-[0.8125rem] text-muted">
        Defaults; a conversation may start with other values.
      </p>
      {fields.map((row, index) => (
        <div key={row.id} className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)_auto] gap-2">
          <Input
            aria-label={`Name of variable ${index + 1}`}
            aria-invalid={errors?.[index]?.name ? true : undefined}
            placeholder="name"
            spellCheck={false}
            className="font-mono text-[0.8125rem]"
            {...register(`variables.${index}.name`, {
              pattern: {
                value: /^[a-z_][a-z0-9_]{0,63}$/,
                message: 'Use small letters, digits and _, beginning with a letter.',
              },
              required: 'Give the variable a name.',
              validate: (name, form) =>
                form.variables.filter((other) => other.name === name).length === 1 ||
                'Two variables have this name.',
            })}
          />
          <Input
            aria-label={`Default of variable ${index + 1}`}
            placeholder="default"
            maxLength={4096}
            {...register(`variables.${index}.value`)}
          />
          <Button
            variant="ghost"
            size="icon"
            aria-label={`Remove variable ${variables[index]?.name ?? ''}`}
            onClick={() => remove(index)}
          >
            <Trash2 aria-hidden />
          </Button>
          {errors?.[index]?.name && (
            <p role="alert" className="col-span-3 text-[0.8125rem] text-danger">
              {errors[index].name.message}
            </p>
          )}
        </div>
      ))}
      <div className="flex flex-wrap gap-2">
        {missing.map((name) => (
          <Button key={name} size="sm" onClick={() => append({ name, value: '' })}>
            <Plus aria-hidden /> <code className="font-mono">{name}</code> is used: add it
          </Button>
        ))}
        <Button size="sm" disabled={fields.length >= 64} onClick={() => append({ name: '', value: '' })}>
          <Plus aria-hidden /> Add a variable
        </Button>
      </div>
    </fieldset>
  );
}
