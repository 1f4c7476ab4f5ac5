import { MessagesSquare } from 'lucide-react';
import { Bubble } from '@/components/bubble';
import { FunctionCall } from '@/components/function-call';
import { Badge } from '@/components/ui/badge';
import { Panel } from '@/components/ui/panel';
import { EmptyState } from '@/components/ui/states';
import type { Schemas } from '@/lib/api/client';
import { CallerEmotion } from './caller-emotion';
import type { ConversationDetail, Turn } from './queries';
import { SoundsOver } from './sounds-over';
import { TurnSound } from './turn-sound';
import { StageLegend, TurnTimeline } from './turn-timeline';

type Item = Schemas['ConversationItem'];

interface Group {
  turn: Turn | undefined;
  index: number;
  items: Item[];
}

/** Items by the turn they belong to, in order. */
function byTurn({ items, turns }: ConversationDetail): Group[] {
  const groups: Group[] = [];
  for (const item of items) {
    const last = groups.at(-1);
    if (last?.index === item.turn_index) last.items.push(item);
    else {
      const turn = turns.find(({ turn_index }) => turn_index === item.turn_index);
      groups.push({ turn, index: item.turn_index, items: [item] });
    }
  }
  return groups;
}

export function Transcript({ conversation }: { conversation: ConversationDetail }) {
  const groups = byTurn(conversation);
  const scaleMs = Math.max(...conversation.turns.map((turn) => turn.response_latency_ms ?? 0), 1);
  if (groups.length === 0) {
    return (
      <Panel>
        <EmptyState
          icon={MessagesSquare}
          title="Nothing was said"
          description="The conversation ended before its first turn."
        />
      </Panel>
    );
  }
  return (
    <Panel aria-label="Transcript">
      <div className="flex flex-wrap items-center justify-between gap-3 border-b border-line px-4 py-3 sm:px-5">
        <h2>Transcript</h2>
        <StageLegend />
      </div>
      <ol className="divide-y divide-line">
        {groups.map((group) => (
          <li
            key={group.index}
            className="grid gap-x-6 gap-y-3 px-4 py-4 sm:px-5 lg:grid-cols-[minmax(0,1fr)_17rem]"
          >
            <div className="flex min-w-0 flex-col gap-2.5">
              {group.items.map((item) => (
                <ItemView key={item.id} item={item} />
              ))}
            </div>
            {group.turn && (
              <aside
                aria-label={`Timing and sound of turn ${group.index + 1}`}
                className="flex flex-col gap-1"
              >
                <TurnTimeline turn={group.turn} scaleMs={scaleMs} />
                <p className="flex items-center justify-between text-xs text-faint tabular">
                  <span>
                    {group.turn.input_tokens} in · {group.turn.output_tokens} out
                  </span>
                  {group.turn.interrupted && <Badge tone="warning">Interrupted</Badge>}
                </p>
                {group.turn.quality?.emotion && <CallerEmotion emotion={group.turn.quality.emotion} />}
                {group.turn.quality?.sounds_over && <SoundsOver sounds={group.turn.quality.sounds_over} />}
                <TurnSound turn={group.turn} />
              </aside>
            )}
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function ItemView({ item }: { item: Item }) {
  if (item.type === 'function_call')
    return <FunctionCall name={item.name ?? ''} detail={item.arguments ?? ''} />;
  if (item.type === 'function_call_output') return <FunctionCall name="Result" detail={item.output ?? ''} />;
  if (item.role === 'system') return <p className="text-[0.8125rem] text-muted">{item.text}</p>;
  return <Bubble speaker={item.role === 'user' ? 'caller' : 'agent'}>{item.text || '(no words)'}</Bubble>;
}
