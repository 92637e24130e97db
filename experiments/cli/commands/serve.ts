import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { EmbeddedFeed } from '../../live/feed.ts';
import { Interruption } from '../../live/interruption.ts';
import { publishTo } from '../../live/publish-to.ts';
import { messageBytesMin, Publisher } from '../../live/publisher.ts';
import { tell } from '../command.ts';
import { channelList } from '../options/channels.ts';
import { defineCommand } from '../options/define-command.ts';
import { bytes, file, rate } from '../options/option.ts';

const trial = 'Trial publisher';

export const serve = defineCommand({
  name: 'serve',
  summary: 'run the real server with settings from the environment',
  options: {
    'env-file': file({
      help: 'Settings for what the environment does not set',
      accepted: 'a file of VARIABLE=value lines',
    }),
    publish: rate({
      group: trial,
      help: 'Publish so many messages per second into the embedded stream',
      above: 0,
      max: 100_000,
    }),
    bytes: bytes({
      group: trial,
      help: 'Size of each message as a client receives it',
      default: '500',
      min: 1,
      max: 1_048_576,
    }),
    channels: channelList({
      group: trial,
      help: 'Channel names, comma-separated, or a number of channels: token.0, token.1, ...',
      patterns: false,
    }),
  },
  usages: ['WS_ADDR=:3002 WS_SHARDS=2 serve'],
  notes: ['Every setting is an environment variable: server/README.md lists them. Exit 2: a setting is not accepted.'],
  example: 'serve --publish 25',
  async run({ options, given, only, refuse }) {
    const envFile = options['env-file'];
    if (options.publish === null) {
      only('without --publish', ['env-file']);
      // The server reads its own arguments: take the command's name away.
      process.argv.splice(2, 1);
      await import('../../../server/main.ts');
      return new Promise<number>(() => {});
    }
    if ((process.env['NATS_URL'] ?? natsUrlIn(envFile)) !== '') {
      throw refuse(
        'publish',
        'is for the embedded stream, and NATS_URL is set',
        'no --publish; the publish command publishes to NATS',
      );
    }
    return serveAndPublish(
      options.publish,
      options.bytes,
      options.channels,
      envFile,
      given.values['bytes'] !== undefined,
    );
  },
});

/** '' where the file says nothing of it, or cannot be read: then the server says so. */
function natsUrlIn(envFile: string | null): string {
  try {
    return envFile === null ? '' : (parseEnv(readFileSync(envFile, 'utf8'))['NATS_URL'] ?? '');
  } catch {
    return '';
  }
}

/** The server in a process of its own, as ever, and a publisher into its embedded stream beside it. */
async function serveAndPublish(
  ratePerSecond: number,
  bytesAsked: number,
  channels: readonly string[],
  envFile: string | null,
  isGiven: boolean,
): Promise<number> {
  const bytesMin = Math.max(...channels.map(messageBytesMin));
  const sizeBytes = isGiven ? bytesAsked : Math.max(bytesAsked, bytesMin);
  const interruption = new Interruption();
  const server = fork(
    new URL('../../../server/main.ts', import.meta.url),
    envFile === null ? [] : ['--env-file', envFile],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // A Ctrl-C goes to every process of the terminal's group: the server gets it from here, once.
      detached: true,
      execArgv: [],
    },
  );
  const exited = once(server, 'exit') as Promise<[number | null]>;
  const feed = new EmbeddedFeed({
    publish: (channel, dataJson, publishedAtMs, taken = () => {}) =>
      publishTo(server, { channel, dataJson, publishedAtMs }, taken),
  });
  const publisher = new Publisher({
    ratePerSecond,
    arrivals: 'regular',
    seed: 1,
    channelOf: (message) => channels[message % channels.length],
    bytesOf: () => Math.max(sizeBytes, bytesMin),
    publish: (channel, dataJson, atMs) => feed.publish(channel, dataJson, atMs),
    hasRoom: () => feed.hasRoom,
  });
  server.on('message', ({ kind }: { kind: string }) => {
    if (kind !== 'listening') return;
    tell(`publishing ${ratePerSecond} messages/s of ${sizeBytes} bytes to ${channels.length} channels`);
    publisher.start();
  });
  void interruption.first.then((signal) => {
    publisher.stop();
    server.kill(signal as NodeJS.Signals);
  });
  void interruption.second.then((signal) => server.kill(signal as NodeJS.Signals));
  const [code] = await exited;
  publisher.stop();
  return code ?? 1;
}
