'use client';

import { Tabs, TabsContent, TabsList, TabsTrigger } from '@/components/ui/tabs';
import { Panel, PanelBody, PanelHeader } from '@/components/ui/panel';

const examples = (origin: string) => [
  {
    value: 'python',
    label: 'Python',
    code: `from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key="sk-…")
answer = client.chat.completions.create(
    model="agt_…",  # an agent's id
    messages=[{"role": "user", "content": "When do you open?"}],
)
print(answer.choices[0].message.content)`,
  },
  {
    value: 'javascript',
    label: 'JavaScript',
    code: `import OpenAI from 'openai';

const client = new OpenAI({ baseURL: '${origin}/v1', apiKey: 'sk-…' });
const speech = await client.audio.speech.create({
  model: 'kokoro-82m',
  voice: 'af_heart',
  input: 'Hello! How can I help?',
});`,
  },
  {
    value: 'curl',
    label: 'curl',
    code: `curl ${origin}/v1/audio/transcriptions \\
  -H "Authorization: Bearer sk-…" \\
  -F model=moonshine-tiny-en \\
  -F file=@call.wav`,
  },
];

/** How a program uses a key: the official clients, pointed at this server. */
export function ClientExample() {
  // Rendered only after sign-in, so in a browser.
  const rows = examples(window.location.origin);
  return (
    <Panel>
      <PanelHeader title="Use it with an OpenAI client" description="Only the address and the key change." />
      <PanelBody>
        <Tabs defaultValue="python">
          <TabsList aria-label="Language">
            {rows.map(({ value, label }) => (
              <TabsTrigger key={value} value={value}>
                {label}
              </TabsTrigger>
            ))}
          </TabsList>
          {rows.map(({ value, label, code }) => (
            <TabsContent key={value} value={value} className="pt-4">
              <pre
                tabIndex={0}
                aria-label={`Example in ${label}`}
                className="overflow-x-auto rounded-md border border-line bg-sunken p-4 font-mono text-[0.8125rem] leading-relaxed"
              >
                {code}
              </pre>
            </TabsContent>
          ))}
        </Tabs>
      </PanelBody>
    </Panel>
  );
}
