import { Badge } from '@/components/ui/badge';
import type { Schemas } from '@/lib/api/client';
import { describeSound } from './sound';

/** What the caller let be heard over the answer without interrupting it: where, and whether the answer paused. */
export function SoundsOver({ sounds }: { sounds: Schemas['SoundOverAnswer'][] }) {
  return (
    <ul aria-label="Sounds over the answer" className="flex flex-col gap-0.5 text-xs text-faint tabular">
      {sounds.map((sound, index) => (
        <li key={index} className="flex items-center justify-between gap-2">
          <span className="min-w-0 truncate">{describeSound(sound)}</span>
          {sound.resumed && <Badge>Went on</Badge>}
        </li>
      ))}
    </ul>
  );
}
