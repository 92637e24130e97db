import { readFileSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';
import { parseSettings, type Settings } from '#core';
import { EmbeddedBus } from './bus/embedded.ts';
import { Clock } from './clock.ts';
import { Log } from './log.ts';
import { EnvironmentError, Supervisor } from './supervisor.ts';

/** What a parent process that forked the server may ask; see `experiments/live/server-process.ts`. */
export type ServerRequest =
  | { readonly kind: 'publish'; readonly channel: string; readonly dataJson: string; readonly publishedAtMs: number }
  | { readonly kind: 'sample'; readonly id: number }
  | { readonly kind: 'stop' };

const help = `Usage: npm run -s fanout -- serve [--env-file FILE]

Runs the WebSocket broadcast server. Settings come from the environment and, where that is silent, from FILE.

  WS_ADDR=:3002 WS_SHARDS=2 npm run -s fanout -- serve
`;

/** Reads the settings or ends with exit 2 and one line for each problem. */
function readSettings(): Settings {
  let values: NodeJS.Dict<string> = process.env;
  try {
    const { values: options } = parseArgs({ options: { 'env-file': { type: 'string' }, help: { type: 'boolean' } } });
    if (options.help === true) {
      process.stdout.write(help);
      process.exit(0);
    }
    const file = options['env-file'];
    // The environment overrides the file (requirements, section B).
    if (file !== undefined) values = { ...parseEnv(readFileSync(file, 'utf8')), ...process.env };
  } catch (error) {
    process.stderr.write(`serve: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  }
  const parsed = parseSettings(values);
  if (!parsed.ok) {
    for (const { message, given, accepted } of parsed.issues) {
      process.stderr.write(`${message} (given: ${given}; accepted: ${accepted})\n`);
    }
    process.exit(2);
  }
  if (parsed.settings.natsUrl !== null) {
    process.stderr.write(
      `NATS_URL: this version has the embedded bus only (given: ${parsed.settings.natsUrl}; accepted: empty, or not set)\n`,
    );
    process.exit(2);
  }
  return parsed.settings;
}

const settings = readSettings();
const clock = new Clock();
const log = new Log(settings);
const bus = new EmbeddedBus(settings, clock);
const supervisor = new Supervisor(settings, clock, bus, log);

async function stop(signal: string): Promise<void> {
  log.write('info', 'stopping', { signal });
  await supervisor.stop();
  process.exit(0);
}

let signals = 0;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    signals += 1;
    if (signals > 1) process.exit(1);
    void stop(signal);
  });
}

if (process.send !== undefined) {
  const send = process.send.bind(process);
  process.on('disconnect', () => process.exit(0));
  process.on('message', (request: ServerRequest) => {
    if (request.kind === 'publish') bus.publish(request.channel, request.dataJson, request.publishedAtMs);
    else if (request.kind === 'stop') void stop('stop request');
    else void supervisor.sample().then((sample) => send({ kind: 'sample', id: request.id, sample }));
  });
}

try {
  const port = await supervisor.start();
  log.write('info', 'listening', { address: settings.listenAddress, port, shards: settings.shards });
  process.send?.({ kind: 'listening', port });
} catch (error) {
  process.stderr.write(`${error instanceof EnvironmentError ? error.message : String(error)}\n`);
  process.exit(1);
}
