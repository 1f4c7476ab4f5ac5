import { describe, expect, it } from 'vitest';
import { TokenKeeper, type Grant } from './token-keeper';

/** A clock and a timer queue that the test moves by hand, and a refresh that it answers by hand. */
function harness() {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  const pending: { resolve: (grant: Grant | null) => void; reject: (error: Error) => void }[] = [];
  const keeper = new TokenKeeper<Grant>({
    refresh: () => new Promise((resolve, reject) => pending.push({ resolve, reject })),
    now: () => now,
    schedule: (run, delay) => {
      const timer = { at: now + delay, run };
      timers.push(timer);
      return timer;
    },
    unschedule: (handle) => {
      timers = timers.filter((timer) => timer !== handle);
    },
  });
  const advance = (ms: number) => {
    now += ms;
    const due = timers.filter((timer) => timer.at <= now);
    timers = timers.filter((timer) => timer.at > now);
    for (const timer of due) timer.run();
  };
  return { keeper, pending, advance, timers: () => timers.length };
}

const grant = (token: string): Grant => ({ access_token: token, expires_in: 900 });

describe('TokenKeeper', () => {
  it('makes one refresh for many calls', async () => {
    const { keeper, pending } = harness();
    const calls = [keeper.token(), keeper.token(), keeper.refresh().then((g) => g?.access_token)];
    expect(pending.length).toBe(1);
    pending[0]!.resolve(grant('a'));
    expect(await Promise.all(calls)).toEqual(['a', 'a', 'a']);
    expect(await keeper.token()).toBe('a');
    expect(pending.length).toBe(1);
  });

  it('renews a minute before the end, without being asked', async () => {
    const { keeper, pending, advance } = harness();
    keeper.set(grant('a'));
    advance(839_000);
    expect(pending.length).toBe(0);
    advance(1_000);
    expect(pending.length).toBe(1);
    pending[0]!.resolve(grant('b'));
    await Promise.resolve();
    expect(await keeper.token()).toBe('b');
  });

  it('does not hand out a token that has run out', async () => {
    const { keeper, pending, advance } = harness();
    keeper.set(grant('a'));
    advance(896_000);
    const token = keeper.token();
    pending[0]!.resolve(grant('b'));
    expect(await token).toBe('b');
  });

  it('after a 401 refreshes only when nobody has done so since', async () => {
    const { keeper, pending } = harness();
    keeper.set(grant('b'));
    expect(await keeper.replace('a')).toBe('b');
    expect(pending.length).toBe(0);
    const fresh = keeper.replace('b');
    pending[0]!.resolve(grant('c'));
    expect(await fresh).toBe('c');
  });

  it('tells listeners when the session is over', async () => {
    const { keeper, pending, timers } = harness();
    const seen: (string | null)[] = [];
    keeper.onChange((value) => seen.push(value?.access_token ?? null));
    keeper.set(grant('a'));
    const fresh = keeper.replace('a');
    pending[0]!.resolve(null);
    expect(await fresh).toBeNull();
    expect(seen).toEqual(['a', null]);
    expect(timers()).toBe(0);
  });

  it('keeps the session when the network fails, and tries again', async () => {
    const { keeper, pending, advance } = harness();
    keeper.set(grant('a'));
    advance(840_000);
    pending[0]!.reject(new Error('offline'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(await keeper.token()).toBe('a');
    advance(5_000);
    expect(pending.length).toBe(2);
  });

  it('ignores a refresh that a sign-out has overtaken', async () => {
    const { keeper, pending } = harness();
    keeper.set(grant('a'));
    const late = keeper.refresh();
    keeper.set(null);
    pending[0]!.resolve(grant('b'));
    expect(await late).toBeNull();
    void keeper.token();
    expect(pending.length).toBe(2);
  });
});
