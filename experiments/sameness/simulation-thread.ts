import { parentPort } from 'node:worker_threads';
import { simulate } from '#sim';
import type { Case } from './scenarios.ts';

/** A thread that simulates what it is sent and answers with the report as JSON. */
parentPort?.on('message', ({ index, input, options }: { index: number } & Case) => {
  parentPort?.postMessage({ index, report: JSON.stringify(simulate(input, options)) });
});
