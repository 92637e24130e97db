import { availableParallelism } from 'node:os';
import { codeVersion } from '../../sweep/code-version.ts';
import { workOnQueue } from '../../sweep/point-queue.ts';
import { tell } from '../command.ts';
import { defineCommand } from '../options/define-command.ts';
import { count, duration, flag, text } from '../options/option.ts';

const tellEveryMs = 5_000;

export const worker = defineCommand({
  name: 'worker',
  summary: 'simulate points of sweeps that go through NATS, until told to stop',
  options: {
    nats: text({
      help: 'NATS server that the sweep goes through',
      placeholder: 'URL',
      accepted: 'a URL such as nats://127.0.0.1:4222',
      required: true,
    }),
    jobs: count({ help: 'Threads', unlessGiven: 'one per core', min: 1, max: 256 }),
    idle: duration({ help: 'End when there was nothing to do for so long; plain numbers are seconds', above: 0 }),
    'any-code': flag({ help: 'Take points of sweeps that were started from other commits too' }),
  },
  example: 'worker --nats nats://127.0.0.1:4222 --idle 30s',
  async run({ options }) {
    const { nats: url } = options;
    const threads = options.jobs ?? availableParallelism();
    const idleMs = options.idle === null ? null : options.idle * 1_000;
    const code = codeVersion();
    const stop = new AbortController();
    const onSignal = (): void => stop.abort();
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    tell(`taking points from ${url} on ${threads} threads, commit ${code.commit || 'unknown'}`);
    let points = 0;
    let toldMs = performance.now();
    await workOnQueue({
      url: url,
      threads,
      code,
      anyCode: options['any-code'],
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
});
