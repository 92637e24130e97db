import { availableParallelism } from 'node:os';
import { nanosecondsPerMillisecond, parseDuration } from '#core';
import { InputError } from '../../input-error.ts';
import { codeVersion } from '../../sweep/code-version.ts';
import { workOnQueue } from '../../sweep/point-queue.ts';
import { type Arguments, type Command, tell } from '../command.ts';
import { wholeNumber } from './sweep.ts';

const tellEveryMs = 5_000;

export const worker: Command = {
  name: 'worker',
  summary: 'simulate points of sweeps that go through NATS, until told to stop',
  usage: 'worker --nats URL [--jobs N] [--idle 30s] [--any-code]',
  example: 'worker --nats nats://127.0.0.1:4222 --idle 30s',
  options: {
    nats: { type: 'string' },
    jobs: { type: 'string' },
    idle: { type: 'string' },
    'any-code': { type: 'boolean' },
  },
  positionals: [],
  async run(given) {
    const url = given.values['nats'];
    if (url === undefined) throw refused('--nats', 'nothing', 'a URL such as nats://127.0.0.1:4222', 'is needed');
    const threads = wholeNumber(given, 'jobs', availableParallelism(), { most: 256 });
    const idleMs = idleOf(given);
    const code = codeVersion();
    const stop = new AbortController();
    const onSignal = (): void => stop.abort();
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    tell(`taking points from ${String(url)} on ${threads} threads, commit ${code.commit || 'unknown'}`);
    let points = 0;
    let toldMs = performance.now();
    await workOnQueue({
      url: String(url),
      threads,
      code,
      anyCode: given.values['any-code'] === true,
      idleMs,
      signal: stop.signal,
      onPoint: () => {
        points += 1;
        if (performance.now() - toldMs < tellEveryMs) return;
        toldMs = performance.now();
        tell(`${points} points done`);
      },
    });
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    tell(`${points} points done; ended`);
    return 0;
  },
};

function idleOf({ values }: Arguments): number | null {
  if (values['idle'] === undefined) return null;
  const parsed = parseDuration(String(values['idle']));
  if (parsed === null) throw refused('--idle', String(values['idle']), 'a duration such as 30s', 'cannot be read');
  return parsed / nanosecondsPerMillisecond;
}

const refused = (path: string, given: string, accepted: string, message: string): InputError =>
  new InputError('worker', [{ path, given, accepted, message }]);
