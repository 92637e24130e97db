import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { availableParallelism, totalmem } from 'node:os';
import { parseEnv } from 'node:util';
import {
  bytesPerMiB,
  type Frame,
  parseListenAddress,
  parseSettings,
  redacted,
  Shard,
  type Settings,
  type ShardEffects,
} from '#core';
import { InputError } from '../../input-error.ts';
import { jsonFlag } from '../options/common.ts';
import { defineCommand } from '../options/define-command.ts';
import { file } from '../options/option.ts';

export interface Check {
  readonly check: string;
  readonly passed: boolean;
  readonly found: string;
  readonly needed: string;
  readonly remedy: string;
}

const slotsNeeded = 512;
/** Descriptors beside the clients': listeners, NATS, logs, library files. */
const descriptorsSpare = 100;
const somaxconnNeeded = 1_024;
const connectTimeoutMs = 2_000;

export const preflight = defineCommand({
  name: 'preflight',
  summary: 'check whether a configuration may go into production on this machine',
  options: {
    'env-file': file({
      help: 'Settings for what the environment does not set',
      accepted: 'a file of VARIABLE=value lines',
    }),
    ...jsonFlag(),
  },
  notes: [
    'Exit 1: not ready. Exit 2: the configuration itself is not accepted, or refers to a variable that is not set.',
  ],
  example: 'BACKEND_INTERNAL_IP=10.128.0.2 preflight --env-file server/deploy/env/optimized.env',
  async run({ options }) {
    const settings = settingsFrom(options['env-file']);
    const checks = [...configurationChecks(settings), ...machineChecks(settings), await portCheck(settings)];
    if (settings.natsUrl !== null) checks.push(await natsCheck(settings.natsUrl), durabilityCheck(settings));
    const passed = checks.every((one) => one.passed);
    process.stdout.write(options.json ? `${JSON.stringify(checks, null, 2)}\n` : table(checks, passed));
    return passed ? 0 : 1;
  },
});

function settingsFrom(file: string | null): Settings {
  let values: NodeJS.Dict<string> = process.env;
  if (file !== null) {
    try {
      values = { ...parseEnv(readFileSync(file, 'utf8')), ...process.env };
    } catch (error) {
      const accepted = 'a file of VARIABLE=value lines';
      throw new InputError('preflight', [
        { path: '--env-file', given: file, accepted, message: `cannot be read: ${(error as Error).message}` },
      ]);
    }
  }
  const parsed = parseSettings(values);
  if (parsed.ok) return parsed.settings;
  throw new InputError(
    file ?? 'environment',
    parsed.issues.map(({ variable, given, accepted, message }) => ({ path: variable, given, accepted, message })),
  );
}

/** The two optimisations, shown by what the core does with these settings and not by its source text. */
export function configurationChecks(settings: Settings): Check[] {
  const remedy = 'use the baseline configuration, server/deploy/env/baseline.env, until then';
  const visits = visitsOfOneBroadcast(settings);
  return [
    {
      check: 'send buffer',
      passed: settings.sendBufferSlots <= slotsNeeded,
      found: `${settings.sendBufferSlots} slots`,
      needed: `${slotsNeeded} slots or fewer`,
      remedy: `set WS_SEND_BUFFER_SLOTS=${slotsNeeded}, or ${remedy}`,
    },
    {
      check: 'subscription index',
      passed: visits <= subscribersOfProbe,
      found: `a broadcast to ${subscribersOfProbe} of ${connectionsOfProbe} clients visits ${visits}`,
      needed: `${subscribersOfProbe} visits or fewer`,
      remedy: `set WS_SUBSCRIPTION_LOOKUP=index, or ${remedy}`,
    },
  ];
}

const connectionsOfProbe = 1_200;
const subscribersOfProbe = 50;

/** Runs a broadcast through a real shard of these settings (R63, R66). */
function visitsOfOneBroadcast(settings: Settings): number {
  const effects: ShardEffects<Frame> = {
    write: () => true,
    close: () => {},
    controlFrame: (json) => ({ sizeBytes: json.length, sequence: 0, channel: '', publishedAtNs: 0 }),
  };
  const shard = new Shard({ ...settings, connectionsMax: connectionsOfProbe }, effects);
  for (let client = 0; client < connectionsOfProbe; client += 1) {
    shard.subscribe(
      shard.connectionOpened(),
      client % (connectionsOfProbe / subscribersOfProbe) === 0 ? 'probe' : 'other',
    );
  }
  shard.messageDelivered({ sizeBytes: 500, sequence: 1, channel: 'probe', publishedAtNs: 0 });
  while (shard.hasWork) shard.turn(0);
  return shard.visits;
}

function machineChecks(settings: Settings): Check[] {
  const descriptors = Number(/^Max open files\s+(\d+)/m.exec(readText('/proc/self/limits'))?.[1] ?? Infinity);
  const descriptorsNeeded = settings.connectionsMax + descriptorsSpare;
  const somaxconn = Number(readText('/proc/sys/net/core/somaxconn') || somaxconnNeeded);
  const mib = (bytes: number): string => `${Math.floor(bytes / bytesPerMiB)} MiB`;
  return [
    {
      check: 'descriptors',
      passed: descriptors >= descriptorsNeeded,
      found: String(descriptors),
      needed: `${descriptorsNeeded} (WS_MAX_CONNECTIONS and ${descriptorsSpare})`,
      remedy: 'raise LimitNOFILE in the unit, or ulimit -n',
    },
    {
      check: 'listen backlog',
      passed: somaxconn >= somaxconnNeeded,
      found: `net.core.somaxconn ${somaxconn}`,
      needed: `${somaxconnNeeded} or more`,
      remedy: 'install server/deploy/99-fanout-twin.conf',
    },
    {
      check: 'memory',
      passed: totalmem() >= settings.memoryLimitBytes,
      found: mib(totalmem()),
      needed: `${mib(settings.memoryLimitBytes)} (WS_MEMORY_LIMIT)`,
      remedy: 'use a machine with more memory, or lower WS_MEMORY_LIMIT',
    },
    {
      check: 'cores',
      passed: availableParallelism() >= settings.cpuLimitCores,
      found: String(availableParallelism()),
      needed: `${settings.cpuLimitCores} (WS_CPU_LIMIT)`,
      remedy: 'use a machine with more cores, or lower WS_CPU_LIMIT',
    },
  ];
}

function portCheck({ listenAddress }: Settings): Promise<Check> {
  const { host, port } = parseListenAddress(listenAddress);
  const result = (problem: string | null): Check => ({
    check: 'address',
    passed: problem === null,
    found: problem ?? `${listenAddress} is free`,
    needed: `${listenAddress} (WS_ADDR) free`,
    remedy: 'stop what listens there, or choose another WS_ADDR',
  });
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(result(error.message)));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(result(null))));
  });
}

/** What NATS may lose although it confirmed it: not a matter of pass or fail, and nothing a client of NATS can ask it. */
function durabilityCheck({ streamReplicas, streamStorage }: Settings): Check {
  const until = 'sync_interval of nats-server (two minutes by default; always: none)';
  const found =
    streamStorage === 'memory'
      ? 'memory storage: everything when its nodes end together'
      : streamReplicas === 1
        ? `1 replica: with its machine's power, what was confirmed within ${until}`
        : `${streamReplicas} replicas: with the power of most of their machines (one host is one power), what was confirmed within ${until}`;
  return { check: 'NATS may lose', passed: true, found, needed: '', remedy: '' };
}

function natsCheck(url: string): Promise<Check> {
  const [first] = url.split(',');
  const parsed = URL.canParse(first) ? new URL(first) : null;
  const host = parsed?.hostname ?? redacted(first);
  const port = Number(parsed?.port || 4_222);
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: connectTimeoutMs });
    const done = (problem: string | null): void => {
      socket.destroy();
      resolve({
        check: 'NATS',
        passed: problem === null,
        found: problem ?? `${host}:${port} answers`,
        needed: `a NATS server at ${host}:${port} (NATS_URL)`,
        remedy: 'start it with JetStream (nats-server -js), or fix NATS_URL',
      });
    };
    socket.once('connect', () => done(null));
    socket.once('timeout', () => done(`${host}:${port} did not answer within ${connectTimeoutMs / 1_000} s`));
    socket.once('error', (error) => done(error.message));
  });
}

/** '' where this system has no such file. */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function table(checks: readonly Check[], passed: boolean): string {
  const lines = checks.map(({ check, passed: ok, found, needed, remedy }) =>
    ok ? `ok      ${check.padEnd(20)}${found}` : `FAILED  ${check.padEnd(20)}${found}; needed: ${needed}; ${remedy}`,
  );
  return `${lines.join('\n')}\n\n${passed ? 'ready' : 'NOT READY'}\n`;
}
