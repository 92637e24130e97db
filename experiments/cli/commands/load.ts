import { readFileSync } from 'node:fs';
import { Interruption, interruptedExitCode } from '../../live/interruption.ts';
import { connectionsPerProcess, descriptorLimit } from '../../live/load-driver.ts';
import type { LoadReport } from '../../live/load-report.ts';
import { isLoopback, runLoadTest, troubles } from '../../live/load-test.ts';
import { type LoadTest, milliseconds } from '../../live/load-test-report.ts';
import { tryOutput, writeOutput } from '../../write-output.ts';
import { tell } from '../command.ts';
import { channelList } from '../options/channels.ts';
import { jsonFlag } from '../options/common.ts';
import { defineCommand, type Invocation } from '../options/define-command.ts';
import { choice, count, custom, duration, file, flag, percent, rate } from '../options/option.ts';

const portDefault = '3002';
/** Connections that one address can open to one port, by the kernel's default range of ports. */
const connectionsPerAddressMax = 28_000;

const options = {
  url: custom(
    {
      group: 'Target',
      help: 'Server to load, ws:// or wss://',
      placeholder: 'URL',
      default: 'ws://127.0.0.1:3002',
      accepted: 'ws://HOST:PORT/PATH or wss://HOST:PORT/PATH',
    },
    urlOf,
  ),
  ca: file({ group: 'Target', help: 'Certificate authority to trust for wss, as PEM' }),
  'allow-remote': flag({ group: 'Target', help: 'Load another machine than this one; it must be yours to load' }),
  connections: count({
    group: 'Load',
    help: 'Clients to connect',
    default: '12000',
    min: 1,
    max: 1_000_000,
    variable: 'TARGET_CONNECTIONS',
  }),
  'ramp-rate': rate({
    group: 'Load',
    help: 'Clients that connect per second',
    default: '100',
    min: 0.1,
    max: 100_000,
    variable: 'RAMP_RATE',
  }),
  duration: duration({
    group: 'Load',
    help: 'Time to measure after the ramp; plain numbers are seconds',
    default: '1800',
    above: 0,
    max: 604_800,
    variable: 'DURATION',
  }),
  channels: channelList({
    group: 'Load',
    help: 'Channel names or patterns, comma-separated, or a number of channels: token.0, token.1, ...',
    patterns: true,
  }),
  subscriptions: count({
    group: 'Load',
    help: 'Channels per client; client n takes the n-th and those that follow',
    default: '1',
    min: 1,
    max: 1_000,
  }),
  processes: count({
    group: 'Load',
    help: 'Client processes',
    unlessGiven: 'as many as the descriptor limit asks for',
    min: 1,
    max: 64,
  }),
  'whole-stream': flag({
    group: 'Load',
    help: 'The stream carries these channels alone, and each client takes them all: every hole in the sequence is a loss',
  }),
  idle: flag({ group: 'Load', help: 'Connections only: that no message arrives is no fault' }),
  clock: choice(['server', 'local'], {
    group: 'Measurement',
    help: "Whose time latencies are told by: the server's, estimated by round trips, or this machine's, where the publisher runs here",
    default: 'server',
  }),
  'objective-success': percent({
    group: 'Measurement',
    help: 'Clients that must be subscribed and open at the end',
    default: '99',
    min: 0,
    max: 100,
  }),
  'objective-p99-ms': duration({
    group: 'Measurement',
    help: 'Longest p99 latency; plain numbers are milliseconds',
    plainUnit: 'ms',
    above: 0,
  }),
  out: file({ group: 'Output', help: 'Report as JSON', default: 'out/load.json' }),
  ...jsonFlag('Output'),
} as const;

export const load = defineCommand({
  name: 'load',
  summary: 'capacity test: many clients against a running server',
  options,
  usages: ['TARGET_CONNECTIONS=12000 DURATION=1800 load'],
  notes: [
    'Ctrl-C ends the test early and keeps what was measured (exit 130). Exit 1: an objective was missed, or no client could connect.',
  ],
  example: 'load --connections 1000 --ramp-rate 500 --duration 30s --objective-p99-ms 300',
  async run(invocation) {
    const test = readTest(invocation);
    const { out, json } = invocation.options;
    tryOutput('load', '--out', out);
    const interruption = new Interruption();
    void interruption.second.then(() => process.exit(interruptedExitCode));
    const report = await runLoadTest(test, { onProgress: tell, interrupt: interruption.signal });
    const text = `${JSON.stringify(report, null, 2)}\n`;
    process.stdout.write(json ? text : table(report));
    writeOutput(out, text);
    tell(`wrote ${out}`);
    if (report.ended === 'interrupted') return interruptedExitCode;
    return report.ended === 'complete' && report.objectives.every(({ met }) => met) ? 0 : 1;
  },
});

function readTest({ options: given, refuse }: Invocation<typeof options>): LoadTest {
  const { url, channels, connections, subscriptions, processes, ca } = given;
  if (!isLoopback(url)) {
    if (!given['allow-remote']) {
      throw refuse(
        'url',
        'is not this machine',
        'a loopback address; with --allow-remote any machine that is yours to load',
      );
    }
    if (connections > connectionsPerAddressMax) {
      throw refuse(
        'connections',
        'exceeds the ports of one address',
        `1 to ${connectionsPerAddressMax} against another machine; use several machines for more`,
      );
    }
  }
  if (subscriptions > channels.length) {
    throw refuse('subscriptions', 'exceeds the number of channels', `1 to ${channels.length} (--channels)`);
  }
  if (given['whole-stream'] && subscriptions < channels.length) {
    throw refuse('whole-stream', 'requires clients that take every channel', `--subscriptions ${channels.length}`);
  }
  const limit = descriptorLimit();
  const each = connectionsPerProcess(limit);
  const needed = Math.ceil(connections / each);
  if ((processes ?? needed) < needed || needed > processesMax) {
    throw refuse(
      'connections',
      `exceeds what ${processes ?? processesMax} client processes can hold with ${limit} descriptors each`,
      `1 to ${each * (processes ?? processesMax)}; raise the limit, as in ulimit -n 65536${processes === null ? '' : `, or --processes ${needed}`}`,
    );
  }
  if (processes !== null && processes > connections) {
    throw refuse('processes', 'exceeds the number of clients', `1 to ${connections} (--connections)`);
  }
  if (ca !== null && url.protocol !== 'wss:') throw refuse('ca', 'has no effect without TLS', 'a wss:// --url');
  return {
    url,
    connections,
    rampConnectionsPerSecond: given['ramp-rate'],
    durationSeconds: given.duration,
    channels,
    subscriptionsPerClient: subscriptions,
    ownsStream: given['whole-stream'],
    processes,
    certificates: ca === null ? '' : certificatesIn(ca, refuse),
    clock: given.clock,
    expectsMessages: !given.idle,
    objectives: {
      successPercent: given['objective-success'],
      p99Ms: given['objective-p99-ms'] === null ? null : given['objective-p99-ms'] * 1_000,
    },
  };
}

const processesMax = 64;

function certificatesIn(path: string, refuse: Invocation<typeof options>['refuse']): string {
  const accepted = 'a file of PEM certificates';
  try {
    const text = readFileSync(path, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  } catch (error) {
    throw refuse('ca', `cannot be read: ${(error as Error).message}`, accepted);
  }
  throw refuse('ca', 'holds no certificate', accepted);
}

function urlOf(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'ws:' && url.protocol !== 'wss:') || url.hostname === '') return undefined;
  if (url.port === '' && !/:(80|443)(\/|$)/.test(text)) url.port = portDefault;
  return url;
}

function table(report: LoadReport): string {
  const { connections, latencyMs, clock } = report;
  const told = troubles({
    refused: connections.refusedByStatus,
    failed: connections.failedByCode,
    closed: connections.closedByCode,
  }).replace(/^: /, '');
  const lines = [
    `measured from outside at ${report.asked.url}`,
    ...(report.ended === 'complete'
      ? []
      : [`ENDED EARLY   ${report.endReason}, after ${report.measuredSeconds.toFixed(1)} s`]),
    '',
    `connections   ${connections.openAtEnd} open of ${report.asked.connections} asked (${report.successPercent.toFixed(2)} %)`,
    ...(told === '' ? [] : [`              ${told}`]),
    `messages      ${report.messages} in ${report.measuredSeconds.toFixed(1)} s: ${report.messagesPerSecond.toFixed(0)}/s, ${(report.payloadBitsPerSecond / 1e6).toFixed(1)} Mbit/s payload`,
    `latency       min ${milliseconds(latencyMs.min)}, p50 ${milliseconds(latencyMs.p50)}, p90 ${milliseconds(latencyMs.p90)}, p99 ${milliseconds(latencyMs.p99)}, max ${milliseconds(latencyMs.max)}`,
    `clock         ${clockLine(clock)}`,
    `lost          ${report.missingMessages ?? 'unknown:'} missing, ${report.duplicates} duplicates, ${report.gapMessages} reported dropped`,
    `load clients  ${report.loadClientCores.toFixed(2)} cores in ${report.loadClientProcesses} processes`,
    '',
    ...report.objectives.map(
      ({ name, required, found, met }) =>
        `${met ? 'met   ' : 'MISSED'} ${name}: ${found === null ? '-' : Number(found.toFixed(2))} (required: ${required})`,
    ),
    ...report.warnings.map((warning) => `warning: ${warning}`),
  ];
  return `${lines.join('\n')}\n`;
}

function clockLine({ reference, serverAheadMs, uncertaintyMs, corrected }: LoadReport['clock']): string {
  if (reference === 'local') return "this machine's, not corrected";
  if (serverAheadMs === null) return "this machine's: the server does not report its time";
  const offset = `server ${serverAheadMs >= 0 ? '+' : ''}${milliseconds(serverAheadMs)} within ${milliseconds(uncertaintyMs)}`;
  return `${offset}, ${corrected ? 'corrected' : 'no correction needed'}`;
}
