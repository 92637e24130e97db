import { afterAll, beforeAll } from 'vitest';

/** In tests of core and sim, clocks and dice throw when code of core or sim asks them. */
const real = { now: Date.now, random: Math.random, performanceNow: performance.now, Date };
const own = /\/(core|sim)\/(?!.*\.test\.ts)/;

function isOwn(): string | null {
  const caller = new Error().stack?.split('\n')[3] ?? '';
  return own.test(caller) && !caller.includes('node_modules') ? caller : null;
}

function refuseFromCore<T>(name: string, original: () => T): () => T {
  return () => {
    const caller = isOwn();
    if (caller !== null) throw new Error(`${name} was called from core or sim:${caller}`);
    return original();
  };
}

beforeAll(() => {
  Date.now = refuseFromCore('Date.now', real.now);
  Math.random = refuseFromCore('Math.random', real.random);
  performance.now = refuseFromCore('performance.now', real.performanceNow.bind(performance));
  globalThis.Date = new Proxy(real.Date, {
    construct(target, given) {
      const caller = isOwn();
      if (caller !== null) throw new Error(`new Date was called from core or sim:${caller}`);
      return new target(...(given as []));
    },
  });
});

afterAll(() => {
  globalThis.Date = real.Date;
  Date.now = real.now;
  Math.random = real.random;
  performance.now = real.performanceNow;
});
