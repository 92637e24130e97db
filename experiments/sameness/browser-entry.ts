import { replicate, simulate } from '#sim';

/** What the page of the sameness test may call. */
Object.assign(globalThis, { twin: { simulate, replicate } });
