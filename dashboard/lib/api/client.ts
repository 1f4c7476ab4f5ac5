import createClient, { type Middleware } from 'openapi-fetch';
import { ApiError, toApiError } from './errors';
import type { components, paths } from './schema';
import { TokenKeeper } from './token-keeper';

export type Schemas = components['schemas'];
export type Session = Schemas['Session'];

/** Two tabs share the refresh cookie: a Web Lock lets them rotate it one after the other. */
function exclusively<T>(work: () => Promise<T>): Promise<T> {
  return typeof navigator !== 'undefined' && navigator.locks
    ? (navigator.locks.request('aimpact-refresh', work) as Promise<T>)
    : work();
}

export const tokens = new TokenKeeper<Session>({
  refresh: () =>
    exclusively(async () => {
      const response = await send(new Request('/api/v1/auth/refresh', { method: 'POST' }));
      if (response.ok) return (await response.json()) as Session;
      if (response.status === 401 || response.status === 403) return null;
      throw toApiError(await response.json().catch(() => null), response);
    }),
});

/** fetch, with a failure to connect as an ApiError. */
async function send(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError('Check that the server is running and that you are connected.', 'network', 0);
  }
}

/** Sends with the access token; on 401 refreshes once and sends again. */
export async function authorizedFetch(request: Request): Promise<Response> {
  const token = await tokens.token();
  const retry = request.clone();
  if (token) request.headers.set('authorization', `Bearer ${token}`);
  const response = await send(request);
  if (response.status !== 401 || !token) return response;
  const fresh = await tokens.replace(token);
  if (!fresh) return response;
  retry.headers.set('authorization', `Bearer ${fresh}`);
  return send(retry);
}

const failOnError: Middleware = {
  async onResponse({ response }) {
    if (response.ok) return undefined;
    throw toApiError(
      await response
        .clone()
        .json()
        .catch(() => null),
      response,
    );
  },
};

/** The typed client; every method throws ApiError unless the answer is 2xx. */
export const api = createClient<paths>({ baseUrl: '', fetch: authorizedFetch });
api.use(failOnError);

/** For the calls that need no token: set-up, sign-in, sign-out. */
export const publicApi = createClient<paths>({ baseUrl: '', fetch: send });
publicApi.use(failOnError);

/** The data of an answer that must have one. */
export async function data<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data: value } = await call;
  if (value === undefined) throw new ApiError('The server sent an empty answer.', 'internal', 0);
  return value;
}
