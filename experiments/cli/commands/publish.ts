import { setTimeout as sleep } from 'node:timers/promises';
import { parseSettings } from '#core';
import { NatsFeed } from '../../live/feed.ts';
import { Interruption, interruptedExitCode } from '../../live/interruption.ts';
import { messageBytesMin, Publisher } from '../../live/publisher.ts';
import { tell } from '../command.ts';
import { channelList } from '../options/channels.ts';
import { jsonFlag } from '../options/common.ts';
import { defineCommand } from '../options/define-command.ts';
import { bytes, choice, duration, rate, text } from '../options/option.ts';

const options = {
  'nats-url': text({
    help: 'NATS server with JetStream; several are separated by commas',
    placeholder: 'URL',
    accepted: 'URLs such as nats://127.0.0.1:4222',
    variable: 'NATS_URL',
    required: true,
  }),
  rate: rate({ help: 'Messages per second, all channels together', default: '25', above: 0, max: 1_000_000 }),
  bytes: bytes({ help: 'Size of each message as a client receives it', default: '500', min: 1, max: 1_048_576 }),
  channels: channelList({
    help: 'Channel names, comma-separated, or a number of channels: token.0, token.1, ...; messages go to them in turn',
    patterns: false,
  }),
  duration: duration({ help: 'Plain numbers are seconds', default: '60s', above: 0, max: 604_800 }),
  arrivals: choice(['regular', 'poisson'], {
    help: 'At equal distances, or at random',
    default: 'regular',
  }),
  ...jsonFlag(),
} as const;

const progressEveryMs = 5_000;
/** Below this share of the asked rate it is said that the rate was not reached. */
const reachedShareMin = 0.99;

export const publish = defineCommand({
  name: 'publish',
  summary: 'publish messages at a rate into the stream of a NATS server',
  options,
  usages: ['NATS_URL=nats://127.0.0.1:4222 publish'],
  notes: [
    'Exit 1: messages were not confirmed, or the rate was not reached. Ctrl-C ends it early with its count (exit 130). Subjects are JS_SUBJECTS, as the server reads it.',
  ],
  example: 'publish --nats-url nats://127.0.0.1:4222 --rate 25 --channels 10 --duration 5m',
  async run({ options: given, refuse }) {
    const { channels, bytes: sizeBytes, rate: ratePerSecond, arrivals, json } = given;
    const bytesMin = Math.max(...channels.map(messageBytesMin));
    if (sizeBytes < bytesMin) {
      throw refuse('bytes', 'is less than a message of these channels needs', `${bytesMin} to 1M bytes`);
    }
    const subjects = process.env['JS_SUBJECTS'];
    const settings = parseSettings({ JS_SUBJECTS: subjects });
    if (!settings.ok)
      throw refuse('nats-url', `JS_SUBJECTS=${subjects}: is not accepted`, 'NATS subjects, such as odin.>');
    const interruption = new Interruption();
    void interruption.second.then(() => process.exit(interruptedExitCode));
    const feed = await NatsFeed.connect(given['nats-url'], settings.settings.subjects);
    const publisher = new Publisher({
      ratePerSecond,
      arrivals,
      seed: 1,
      channelOf: (message) => channels[message % channels.length],
      bytesOf: () => sizeBytes,
      publish: (channel, dataJson, atMs) => feed.publish(channel, dataJson, atMs),
      hasRoom: () => feed.hasRoom,
    });
    tell(
      `publishing ${ratePerSecond} messages/s of ${sizeBytes} bytes for ${given.duration} s to ${channels.length} channels`,
    );
    const startMs = performance.now();
    const progress = setInterval(() => tell(progressLine(publisher, feed)), progressEveryMs);
    publisher.start();
    await Promise.race([sleep(given.duration * 1_000, undefined, { ref: true }), interruption.first]);
    publisher.stop();
    clearInterval(progress);
    const seconds = (performance.now() - startMs) / 1_000;
    await feed.close();
    const { published, skipped } = publisher;
    const reachedPerSecond = published / seconds;
    const isReached = skipped === 0 && published >= Math.floor(ratePerSecond * seconds * reachedShareMin);
    const result = {
      published,
      unconfirmed: feed.unconfirmed,
      seconds,
      askedPerSecond: ratePerSecond,
      reachedPerSecond,
      interrupted: interruption.signal.aborted,
    };
    process.stdout.write(
      json
        ? `${JSON.stringify(result, null, 2)}\n`
        : `${published} published in ${seconds.toFixed(1)} s (${reachedPerSecond.toFixed(1)}/s), ${feed.unconfirmed} unconfirmed\n`,
    );
    if (feed.unconfirmed > 0) {
      tell(
        `warning: ${feed.unconfirmed} messages were not confirmed; some of them may be in the stream all the same${feed.lastError === null ? '' : ` (${feed.lastError})`}`,
      );
    }
    const misses = arrivals === 'regular' && !isReached;
    if (misses) tell(`warning: ${reachedPerSecond.toFixed(0)} messages/s reached of ${ratePerSecond} asked`);
    if (result.interrupted) return interruptedExitCode;
    return feed.unconfirmed === 0 && !misses ? 0 : 1;
  },
});

const progressLine = ({ published }: Publisher, { unconfirmed, lastError }: NatsFeed): string =>
  `${published} published, ${unconfirmed} unconfirmed${lastError === null ? '' : ` (${lastError})`}`;
