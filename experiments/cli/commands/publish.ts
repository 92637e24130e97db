import { setTimeout as sleep } from 'node:timers/promises';
import { nanosecondsPerSecond, parseDuration, parseSettings, workloadSchema } from '#core';
import { InputError } from '../../input-error.ts';
import { NatsFeed } from '../../live/feed.ts';
import { messageBytesLeast } from '../../live/live-refusals.ts';
import { Publisher } from '../../live/publisher.ts';
import { type Command, jsonOption, tell } from '../command.ts';

export const publish: Command = {
  name: 'publish',
  summary: 'a publisher: messages at a rate into the stream of a NATS server',
  usage:
    'publish --nats-url URL [--rate 25] [--bytes 500] [--channels 1] [--duration 60s] [--arrivals regular|poisson] [--json]',
  example: 'publish --nats-url nats://127.0.0.1:4222 --rate 25 --channels 10 --duration 5m',
  options: {
    ...jsonOption,
    'nats-url': { type: 'string' },
    rate: { type: 'string' },
    bytes: { type: 'string' },
    channels: { type: 'string' },
    duration: { type: 'string' },
    arrivals: { type: 'string' },
  },
  positionals: [],
  async run({ values }) {
    const url = String(values['nats-url'] ?? process.env['NATS_URL'] ?? '');
    if (url === '') throw refused('--nats-url or NATS_URL', 'nothing', 'the URL of a NATS server with JetStream');
    const duration = String(values['duration'] ?? '60s');
    const durationNs = parseDuration(duration);
    if (durationNs === null || durationNs <= 0) throw refused('--duration', duration, 'a duration such as 90s or 30m');
    const parsed = workloadSchema.safeParse({
      ratePerSecond: Number(values['rate'] ?? 25),
      messageBytes: Number(values['bytes'] ?? 500),
      channels: Number(values['channels'] ?? 1),
      arrivals: values['arrivals'] ?? 'regular',
      durationSeconds: durationNs / nanosecondsPerSecond,
      warmUpSeconds: 0,
    });
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw refused(issue.path.join('.'), JSON.stringify(values), issue.message);
    }
    const workload = parsed.data;
    const least = messageBytesLeast(workload.channels);
    if (workload.messageBytes < least) throw refused('--bytes', String(workload.messageBytes), `${least} or more`);
    const settings = parseSettings({ JS_SUBJECTS: process.env['JS_SUBJECTS'] });
    if (!settings.ok) throw refused('JS_SUBJECTS', String(process.env['JS_SUBJECTS']), 'NATS subjects');
    const feed = await NatsFeed.connect(url, settings.settings.subjects);
    const publisher = new Publisher(workload, 1, (channel, dataJson, atMs) => feed.publish(channel, dataJson, atMs));
    tell(`publishing ${workload.ratePerSecond} messages/s of ${workload.messageBytes} bytes for ${duration}`);
    publisher.start();
    await sleep(workload.durationSeconds * 1_000);
    publisher.stop();
    await feed.close();
    const result = { published: publisher.published, unconfirmed: feed.unconfirmed };
    process.stdout.write(
      values['json'] === true
        ? `${JSON.stringify(result, null, 2)}\n`
        : `${result.published} published, ${result.unconfirmed} not confirmed\n`,
    );
    return result.unconfirmed === 0 ? 0 : 1;
  },
};

const refused = (path: string, given: string, accepted: string): InputError =>
  new InputError('publish', [{ path, given, accepted, message: 'cannot be used' }]);
