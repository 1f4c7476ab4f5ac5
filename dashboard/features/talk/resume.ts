import type { ConversationDetail } from '@/features/conversations/queries';
import type { TalkItem } from './realtime/state';
import type { Resume } from './realtime/talk-session';

/** A stored conversation as the transcript that the page goes on from. */
export function toResume(conversation: ConversationDetail): Resume {
  const items = conversation.items.flatMap((item): TalkItem[] => {
    const status = item.status === 'incomplete' ? 'interrupted' : 'done';
    if (item.type === 'function_call') {
      const answered = conversation.items.some(
        (other) => other.type === 'function_call_output' && other.call_id === item.call_id,
      );
      const call = { name: item.name ?? '', callId: item.call_id ?? '', answered };
      return [{ id: item.id, kind: 'function_call', text: item.arguments ?? '', status, call }];
    }
    if (item.type !== 'message' || (item.role !== 'user' && item.role !== 'assistant')) return [];
    return [{ id: item.id, kind: item.role, text: item.text ?? '', status }];
  });
  const turns = conversation.turns.flatMap((turn) =>
    turn.response_latency_ms === undefined
      ? []
      : [{ responseMs: turn.response_latency_ms, stages: turn.stages, interrupted: turn.interrupted }],
  );
  return { conversationId: conversation.id, items, turns };
}
