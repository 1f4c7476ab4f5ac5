import { Plus, Trash2, Wrench } from 'lucide-react';
import { useFieldArray, useFormContext } from 'react-hook-form';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { EmptyState } from '@/components/ui/states';
import { checkParameters, type AgentForm } from '../agent-form';

const newTool = {
  name: '',
  description: '',
  parameters: '{\n  "type": "object",\n  "properties": {},\n  "required": []\n}',
};

export function ToolsTab() {
  const { control } = useFormContext<AgentForm>();
  const { fields, append, remove } = useFieldArray({ control, name: 'tools' });
  const add = (
    <Button size="sm" disabled={fields.length >= 64} onClick={() => append(newTool)}>
      <Plus aria-hidden /> Add a function
    </Button>
  );
  if (fields.length === 0) {
    return (
      <EmptyState
        icon={Wrench}
        title="No tools"
        description="A function lets the agent ask your program for something, such as opening hours or an order’s state. The connected client runs it and sends back the result."
        action={add}
      />
    );
  }
  return (
    <div className="flex flex-col gap-4">
      {fields.map((tool, index) => (
        <ToolFields key={tool.id} index={index} onRemove={() => remove(index)} />
      ))}
      <div>{add}</div>
    </div>
  );
}

function ToolFields({ index, onRemove }: { index: number; onRemove: () => void }) {
  const { register, formState } = useFormContext<AgentForm>();
  const errors = formState.errors.tools?.[index];
  return (
    <fieldset className="flex flex-col gap-4 rounded-lg border border-line bg-surface p-4">
      <legend className="sr-only">Function {index + 1}</legend>
      <div className="grid grid-cols-[minmax(0,1fr)_auto] items-end gap-2">
        <Field label="Function name" error={errors?.name?.message}>
          {(props) => (
            <Input
              {...props}
              spellCheck={false}
              placeholder="get_opening_hours"
              className="font-mono text-[0.8125rem]"
              {...register(`tools.${index}.name`, {
                required: 'Give the function a name.',
                pattern: {
                  value: /^[a-zA-Z0-9_-]{1,64}$/,
                  message: 'Use letters, digits, _ and -; at most 64.',
                },
                validate: (name, form) =>
                  form.tools.filter((other) => other.name === name).length === 1 ||
                  'Two functions have this name.',
              })}
            />
          )}
        </Field>
        <Button
          variant="ghost"
          size="icon"
          aria-label={`Remove function ${index + 1}`}
          onClick={onRemove}
          className={errors?.name ? 'self-center' : ''}
        >
          <Trash2 aria-hidden />
        </Button>
      </div>
      <Field label="When to use it" error={errors?.description?.message}>
        {(props) => <Input {...props} maxLength={1024} {...register(`tools.${index}.description`)} />}
      </Field>
      <Field label="Parameters" hint="JSON Schema of the arguments" error={errors?.parameters?.message}>
        {(props) => (
          <Textarea
            {...props}
            rows={6}
            spellCheck={false}
            className="font-mono text-[0.8125rem]"
            {...register(`tools.${index}.parameters`, { validate: checkParameters })}
          />
        )}
      </Field>
    </fieldset>
  );
}
