import { toast } from 'sonner';
import { errorDescription, errorTitle } from './api/errors';

export function toastError(error: unknown): void {
  toast.error(errorTitle(error), { description: errorDescription(error) });
}

export { toast };
