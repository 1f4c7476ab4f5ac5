import type { components } from './schema';

export type ErrorCode = components['schemas']['ErrorCode'];
type Problem = components['schemas']['Problem'];
type OpenAiErrorBody = components['schemas']['OpenAiErrorBody'];

/** An error that the server answered with, or `network` when no answer came. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    message: string,
    readonly code: ErrorCode | 'network',
    readonly status: number,
    readonly requestId?: string,
    readonly param?: string,
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}

/** Reads problem+json, OpenAI's error shape, or anything else that a proxy in between may answer. */
export function toApiError(body: unknown, response: Response): ApiError {
  const retryAfter = Number(response.headers.get('retry-after')) || undefined;
  const requestId = response.headers.get('x-request-id') ?? undefined;
  if (typeof body === 'object' && body !== null) {
    if ('code' in body && 'detail' in body) {
      const problem = body as Problem;
      return new ApiError(
        problem.detail,
        problem.code,
        response.status,
        problem.request_id,
        problem.param,
        retryAfter,
      );
    }
    if ('error' in body) {
      const { error } = body as OpenAiErrorBody;
      return new ApiError(
        error.message,
        (error.code ?? codeOfStatus(response.status)) as ErrorCode,
        response.status,
        requestId,
        error.param ?? undefined,
        retryAfter,
      );
    }
  }
  return new ApiError(
    `The server answered ${response.status} without an explanation.`,
    codeOfStatus(response.status),
    response.status,
    requestId,
    undefined,
    retryAfter,
  );
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'permission_denied';
  if (status === 404) return 'not_found';
  if (status === 409) return 'conflict';
  if (status === 413) return 'payload_too_large';
  if (status === 429) return 'rate_limited';
  if (status === 502) return 'upstream_failed';
  if (status === 503) return 'unavailable';
  if (status === 504) return 'timeout';
  return status >= 500 ? 'internal' : 'invalid_argument';
}

const titles: Record<ErrorCode | 'network', string> = {
  invalid_argument: 'That input was not accepted',
  unauthenticated: 'You are signed out',
  permission_denied: 'Your role does not allow this',
  not_found: 'Not found',
  method_not_allowed: 'The server does not offer this',
  conflict: 'It was changed by somebody else',
  failed_precondition: 'Not possible right now',
  payload_too_large: 'That is too large',
  unsupported_media: 'That format cannot be read',
  rate_limited: 'Too many requests',
  overloaded: 'The server is at its limit',
  cancelled: 'Cancelled',
  timeout: 'It took too long',
  unavailable: 'Not ready yet',
  upstream_failed: 'The model provider failed',
  internal: 'Something went wrong on the server',
  network: 'The server cannot be reached',
};

export function errorTitle(error: unknown): string {
  return error instanceof ApiError ? titles[error.code] : 'Something went wrong';
}

/** What to tell the person: the server's own words, when to try again, and the id to report. */
export function errorDescription(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  const parts = [error.message];
  if (error.retryAfterSeconds) parts.push(`Try again in ${error.retryAfterSeconds} s.`);
  if (error.status >= 500 && error.requestId) parts.push(`Request ${error.requestId}.`);
  return parts.join(' ');
}
