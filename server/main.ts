import { readFileSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';
import { parseSettings, type Settings } from '#core';
import { Admin } from './observe/admin.ts';
import { EmbeddedBus } from './bus/embedded.ts';
import { JetStreamBus } from './bus/jetstream/jetstream-bus.ts';
import { Clock } from './clock.ts';
import { Log } from './observe/log.ts';
import { Supervisor } from './threads/supervisor.ts';
import { checkSettings } from './check-settings.ts';
import { SettingError } from './setting-error.ts';

/** What a parent process that forked the server may ask; see `experiments/live/server-process.ts`. */
export type ServerRequest =
  | { readonly kind: 'publish'; readonly channel: string; readonly dataJson: string; readonly publishedAtMs: number }
  | { readonly kind: 'sample'; readonly id: number }
  /** A drill: a shard fails as a defect would make it fail. */
  | { readonly kind: 'failShard'; readonly shard: number; readonly how: 'throw' | 'exhaust-heap' }
  | { readonly kind: 'stop' };

const help = `Usage: npm run -s fanout -- serve [--env-file FILE]

Runs the WebSocket broadcast server. Settings come from the environment and, where that is silent, from FILE.

  WS_ADDR=:3002 WS_SHARDS=2 npm run -s fanout -- serve
`;

const logFlushMs = 500;
const warnings: string[] = [];

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
  for (const warning of parsed.warnings) warnings.push(warning);
  return parsed.settings;
}

const settings = readSettings();
try {
  await checkSettings(settings);
} catch (error) {
  if (!(error instanceof SettingError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}
const clock = new Clock();
const log = new Log(settings);
for (const warning of warnings) log.write('warn', warning);
/** What the log still has is written first, if its reader takes it in time. */
async function end(code: number): Promise<void> {
  await log.flush(logFlushMs);
  process.exit(code);
}

async function fail(event: string, error: unknown): Promise<void> {
  log.write('error', event, { message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  await end(1);
}
process.on('uncaughtException', (error) => void fail('uncaught exception', error));
process.on('unhandledRejection', (error) => void fail('unhandled rejection', error));

const embedded = settings.natsUrl === null ? new EmbeddedBus(settings, clock) : null;
const bus = embedded ?? new JetStreamBus(settings, clock, log);
const supervisor = new Supervisor(settings, clock, bus, log, (error) => {
  void fail('cannot go on', error);
});
const admin = settings.adminAddress === '' ? null : new Admin(supervisor, () => void stop('drain request'));

async function stop(signal: string): Promise<void> {
  log.write('info', 'stopping', { signal });
  const last = await supervisor.stop();
  if (last === null) return;
  admin?.close();
  if (process.send === undefined) return end(0);
  process.send({ kind: 'stopped', sample: last }, () => void end(0));
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
    switch (request.kind) {
      case 'publish':
        return embedded?.publish(request.channel, request.dataJson, request.publishedAtMs);
      case 'stop':
        return void stop('stop request');
      case 'failShard':
        return supervisor.failShard(request.shard, request.how);
      case 'sample':
        return void supervisor.sample().then((sample) => send({ kind: 'sample', id: request.id, sample }));
      default:
        return log.write('error', 'unknown request', { request: JSON.stringify(request satisfies never) });
    }
  });
}

try {
  const port = await supervisor.start();
  const adminPort = (await admin?.listen()) ?? null;
  const busName = settings.natsUrl === null ? 'embedded' : 'nats';
  log.write('info', 'listening', {
    address: settings.listenAddress,
    port,
    adminPort,
    shards: settings.shards,
    bus: busName,
  });
  process.send?.({ kind: 'listening', port, adminPort });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  await end(1);
}
