import { cn } from '@/lib/cn';

/** Five strokes of a waveform. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden className={cn('size-5', className)}>
      <g stroke="currentColor" strokeWidth="2.4" strokeLinecap="round">
        <path d="M3 10v4M7.5 6v12M12 2.5v19M16.5 7.5v9M21 10.5v3" />
      </g>
    </svg>
  );
}
