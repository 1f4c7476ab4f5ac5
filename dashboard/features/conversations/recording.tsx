import { useEffect, useState } from 'react';
import { Skeleton } from '@/components/ui/skeleton';
import { ErrorState } from '@/components/ui/states';
import { useRecording } from './queries';

export function Recording({ id }: { id: string }) {
  const query = useRecording(id, true);
  const [url, setUrl] = useState<string>();

  useEffect(() => {
    if (!query.data) return undefined;
    const made = URL.createObjectURL(query.data);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [query.data]);

  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <figure className="mb-5">
      <figcaption className="sr-only">Recording: the caller on the left, the agent on the right</figcaption>
      {url ? (
        <audio controls preload="metadata" src={url} className="h-10 w-full" />
      ) : (
        <Skeleton className="h-10" />
      )}
    </figure>
  );
}
