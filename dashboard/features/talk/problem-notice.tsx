import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import type { TalkProblem } from './realtime/state';

interface ProblemNoticeProps {
  problem: TalkProblem;
  onRetryMicrophone: () => void;
  onRestart: () => void;
  onDismiss: () => void;
}

export function ProblemNotice({ problem, onRetryMicrophone, onRestart, onDismiss }: ProblemNoticeProps) {
  const action =
    problem.action === 'retry-microphone'
      ? { label: 'Try again', run: onRetryMicrophone }
      : problem.action === 'restart'
        ? { label: 'Start again', run: onRestart }
        : { label: 'Dismiss', run: onDismiss };
  return (
    <div className="px-4 pt-3 sm:px-6">
      <Notice
        tone={problem.action === 'restart' ? 'danger' : 'warning'}
        title={problem.title}
        className="mx-auto max-w-2xl"
        action={
          <Button size="sm" onClick={action.run}>
            {action.label}
          </Button>
        }
      >
        {problem.message}
      </Notice>
    </div>
  );
}
