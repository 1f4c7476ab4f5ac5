import { Wrench } from 'lucide-react';
import type { ReactNode } from 'react';

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** A function that the agent called, or what came back. */
export function FunctionCall({
  name,
  detail,
  children,
}: {
  name: string;
  detail: string;
  children?: ReactNode;
}) {
  return (
    <details
      className="self-start rounded-md border border-line text-[0.8125rem]"
      open={children !== undefined}
    >
      <summary className="flex items-center gap-2 px-2.5 py-1.5 text-muted">
        <Wrench className="size-3.5" aria-hidden />
        <code className="font-mono">{name}</code>
      </summary>
      <div className="flex flex-col gap-2 border-t border-line px-2.5 py-2">
        <pre className="font-mono text-xs [overflow-wrap:anywhere] whitespace-pre-wrap">{pretty(detail)}</pre>
        {children}
      </div>
    </details>
  );
}
