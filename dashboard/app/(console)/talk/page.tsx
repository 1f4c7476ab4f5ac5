import type { Metadata } from 'next';
import { TalkView } from '@/features/talk/talk-view';

export const metadata: Metadata = { title: 'Talk' };

export default function TalkPage() {
  return <TalkView />;
}
