import { afterAll, beforeAll } from 'vitest';

/** In tests of core and sim a clock or dice throw when code of core or sim asks them. */
const real = { now: Date.now, random: Math.random };
const own = /\/(core|sim)\/(?!.*\.test\.ts)/;

function refuseFromCore<T>(name: string, original: () => T): () => T {
  return () => {
    const caller = new Error().stack?.split('\n')[2] ?? '';
    if (own.test(caller) && !caller.includes('node_modules'))
      throw new Error(`${name} was called from core or sim:${caller}`);
    return original();
  };
}

beforeAll(() => {
  Date.now = refuseFromCore('Date.now', real.now);
  Math.random = refuseFromCore('Math.random', real.random);
});

afterAll(() => {
  Date.now = real.now;
  Math.random = real.random;
});
