import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { formatRelative } from '@/lib/format';
import type { Agent } from '../queries';

interface ConflictNoticeProps {
  theirs: Agent;
  onTakeTheirs: () => void;
  onKeepMine: () => void;
}

/** Somebody saved while this page was open: nothing is lost until the person chooses. */
export function ConflictNotice({ theirs, onTakeTheirs, onKeepMine }: ConflictNoticeProps) {
  return (
    <Notice
      tone="warning"
      className="mb-5"
      title={`Version ${theirs.version} was saved ${formatRelative(theirs.updated_at)} by somebody else`}
      action={
        <span className="flex flex-wrap gap-2">
          <Button size="sm" onClick={onTakeTheirs}>
            Discard mine, load theirs
          </Button>
          <Button size="sm" variant="primary" onClick={onKeepMine}>
            Save mine over it
          </Button>
        </span>
      }
    >
      Your changes are not saved. Theirs stay in the history whichever you choose.
    </Notice>
  );
}
