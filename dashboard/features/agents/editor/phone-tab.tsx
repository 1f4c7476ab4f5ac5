import { KeyRound } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { CopyField } from '@/components/ui/copy-field';
import { Notice } from '@/components/ui/notice';
import { Panel, PanelBody, PanelHeader } from '@/components/ui/panel';
import { useCreateApiKey } from '@/features/api-keys/queries';
import { useCan } from '@/features/session/permissions';
import { errorDescription } from '@/lib/api/errors';
import type { Agent } from '../queries';

const KEY = 'YOUR_KEY';

/** How a phone number is pointed at this agent. Nothing of it is a setting of the agent. */
export function PhoneTab({ agent }: { agent: Agent }) {
  const canMakeKeys = useCan('api_keys_write');
  const create = useCreateApiKey();
  // Rendered only after sign-in, so in a browser.
  const { origin, protocol } = window.location;
  const key = create.data?.key ?? KEY;
  const stream = `${origin.replace(/^http/, 'ws')}/v1/telephony/media-stream`;
  return (
    <div className="flex flex-col gap-6">
      {protocol !== 'https:' && (
        <Notice tone="warning" title="Providers need a public address with TLS">
          This page was opened by {origin}. Open it by the name under which providers reach the server, or
          change the beginning of the addresses below.
        </Notice>
      )}
      <Panel>
        <PanelHeader
          title="Key of the phone"
          description="The provider holds it, so it can talk to agents and nothing else. Revoke it under API keys."
          action={
            canMakeKeys && (
              <Button
                onClick={() =>
                  create.mutate({ name: `Phone: ${agent.name}`.slice(0, 100), scopes: ['converse'] })
                }
                disabled={create.isPending || create.isSuccess}
              >
                <KeyRound aria-hidden /> {create.isPending ? 'Making…' : 'Make a key'}
              </Button>
            )
          }
        />
        <PanelBody>
          {create.isError && <Notice tone="danger">{errorDescription(create.error)}</Notice>}
          {create.data ? (
            <div className="flex flex-col gap-2">
              <CopyField label="Key of the phone" value={create.data.key} />
              <p className="text-[0.8125rem] text-muted">
                Copy it now: it is stored as a hash and cannot be shown again. The addresses below hold it.
              </p>
            </div>
          ) : (
            !create.isError && (
              <p className="text-[0.8125rem] text-muted">
                Make one, or put one that you have in the place of {KEY} below.
              </p>
            )
          )}
        </PanelBody>
      </Panel>
      <Panel>
        <PanelHeader title="Twilio, SignalWire" description="One address; the call is connected by itself." />
        <PanelBody className="flex flex-col gap-4">
          <CopyField
            label="Webhook of the phone number"
            value={`${origin}/v1/telephony/twiml/${agent.id}/${key}`}
          />
          <ol className="flex list-decimal flex-col gap-1.5 pl-5 text-[0.8125rem]">
            <li>Open the phone number in the provider’s console, at its voice settings.</li>
            <li>For “A call comes in” choose Webhook, paste the address, and choose HTTP POST.</li>
            <li>Save, and call the number: the greeting is said at once.</li>
          </ol>
        </PanelBody>
      </Panel>
      <Panel>
        <PanelHeader
          title="Telnyx and others"
          description="For providers that open a media stream by address: G.711 at 8 kHz, in both directions."
        />
        <PanelBody>
          <CopyField label="Address of the media stream" value={`${stream}?agent=${agent.id}&token=${key}`} />
        </PanelBody>
      </Panel>
      <p className="text-[0.8125rem] text-muted">
        An agent that declares the variables <code>caller_number</code> and <code>called_number</code> gets
        the numbers of a call there; others don’t, and nothing is kept of them. Keys that a caller presses
        reach the agent as text, like <code>[pressed 4 2 #]</code>.
      </p>
    </div>
  );
}
