'use client';

import { Download, Plus, Upload } from 'lucide-react';
import { useRef, useState } from 'react';
import { Button } from '@/components/ui/button';
import { useCan } from '@/features/session/permissions';
import { toastError } from '@/lib/toast';
import { downloadWords, useImportWords } from './queries';
import { WordDialog } from './word-dialog';

/** New word, and the list as a file, in and out. */
export function WordActions() {
  const canWrite = useCan('words_write');
  const [adding, setAdding] = useState(false);
  const file = useRef<HTMLInputElement>(null);
  const load = useImportWords();
  return (
    <div className="flex flex-wrap gap-2">
      <Button onClick={() => void downloadWords().catch(toastError)}>
        <Download aria-hidden /> Export
      </Button>
      {canWrite && (
        <>
          <input
            ref={file}
            type="file"
            accept=".csv,.json,text/csv,application/json"
            aria-label="A list of words"
            className="hidden"
            onChange={(event) => {
              const chosen = event.target.files?.[0];
              event.target.value = '';
              if (chosen) load.mutate(chosen);
            }}
          />
          <Button disabled={load.isPending} onClick={() => file.current?.click()}>
            <Upload aria-hidden /> {load.isPending ? 'Importing…' : 'Import'}
          </Button>
          <Button variant="primary" onClick={() => setAdding(true)}>
            <Plus aria-hidden /> New word
          </Button>
          <WordDialog open={adding} onOpenChange={setAdding} />
        </>
      )}
    </div>
  );
}
