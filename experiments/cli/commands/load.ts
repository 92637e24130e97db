import { parseDuration, nanosecondsPerSecond } from '#core';
import { InputError } from '../../input-error.ts';
import type { LoadReport } from '../../live/load-report.ts';
import { type LoadTest, runLoadTest } from '../../live/load-test.ts';
import { writeOutput } from '../../write-output.ts';
import { type Arguments, type Command, jsonOption, tell } from '../command.ts';

const loopback = /^(localhost|127\.\d+\.\d+\.\d+)$/;

export const load: Command = {
  name: 'load',
  summary: 'the capacity test: many clients against a running server',
  usage:
    '[TARGET_CONNECTIONS=N RAMP_RATE=N DURATION=SECONDS] load [--url ws://127.0.0.1:3002] [--connections N] [--ramp-rate N] [--duration 60s] [--channels N] [--subscriptions N] [--processes N] [--objective-success PERCENT] [--objective-p99-ms N] [--allow-remote] [--out FILE] [--json]',
  example: 'load --connections 1000 --ramp-rate 500 --duration 30s --objective-p99-ms 300',
  options: {
    ...jsonOption,
    url: { type: 'string' },
    connections: { type: 'string' },
    'ramp-rate': { type: 'string' },
    duration: { type: 'string' },
    channels: { type: 'string' },
    subscriptions: { type: 'string' },
    processes: { type: 'string' },
    'objective-success': { type: 'string' },
    'objective-p99-ms': { type: 'string' },
    'allow-remote': { type: 'boolean' },
    out: { type: 'string' },
  },
  positionals: [],
  async run(given) {
    const report = await runLoadTest(readTest(given), tell);
    const text = `${JSON.stringify(report, null, 2)}\n`;
    const file = String(given.values['out'] ?? 'out/load.json');
    writeOutput(file, text);
    tell(`wrote ${file}`);
    process.stdout.write(given.values['json'] === true ? text : table(report));
    return report.objectives.every(({ met }) => met) ? 0 : 1;
  },
};

function readTest(given: Arguments): LoadTest {
  const number = (option: string, variable: string | null, usual: string, least: number): number => {
    const fromEnvironment = variable === null ? undefined : process.env[variable];
    const text = String(given.values[option] ?? fromEnvironment ?? usual);
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < least) {
      throw refused(`--${option}${variable === null ? '' : ` or ${variable}`}`, text, `a number from ${least}`);
    }
    return value;
  };
  const optional = (option: string): number | null =>
    given.values[option] === undefined ? null : number(option, null, '', 0);
  const test: LoadTest = {
    url: urlOf(String(given.values['url'] ?? 'ws://127.0.0.1:3002'), given.values['allow-remote'] === true),
    connections: number('connections', 'TARGET_CONNECTIONS', '12000', 1),
    rampConnectionsPerSecond: number('ramp-rate', 'RAMP_RATE', '100', 0.1),
    durationSeconds: durationOf(String(given.values['duration'] ?? process.env['DURATION'] ?? '1800')),
    channels: number('channels', null, '1', 1),
    subscriptionsPerClient: number('subscriptions', null, '1', 1),
    processes: optional('processes'),
    objectives: { successPercent: number('objective-success', null, '99', 0), p99Ms: optional('objective-p99-ms') },
  };
  if (test.subscriptionsPerClient > test.channels) {
    throw refused('--subscriptions', String(test.subscriptionsPerClient), `1 to ${test.channels} (--channels)`);
  }
  return test;
}

function urlOf(text: string, allowRemote: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.protocol !== 'ws:') throw refused('--url', text, 'ws://HOST:PORT/PATH');
  if (url.port === '') url.port = '3002';
  if (!allowRemote && !loopback.test(url.hostname)) {
    throw refused('--url', text, 'a loopback address; with --allow-remote any machine that is yours to load');
  }
  return url;
}

/** Seconds as the source document writes them (R102), or a duration with its unit. */
function durationOf(text: string): number {
  const ns = parseDuration(text);
  const seconds = ns === null ? Number(text) : ns / nanosecondsPerSecond;
  if (text.trim() !== '' && Number.isFinite(seconds) && seconds > 0) return seconds;
  throw refused('--duration or DURATION', text, 'seconds, or a duration such as 90s or 30m');
}

const refused = (path: string, given: string, accepted: string): InputError =>
  new InputError('load', [{ path, given, accepted, message: 'cannot be used' }]);

function table(report: LoadReport): string {
  const { connections, latencyMs } = report;
  const lines = [
    `measured from outside at ${report.asked.url}`,
    '',
    `connections   ${connections.openAtEnd} open of ${report.asked.connections} asked (${report.successPercent.toFixed(2)} %)`,
    `refused       ${JSON.stringify(connections.refusedByStatus)}, failed ${JSON.stringify(connections.failedByCode)}, closed ${JSON.stringify(connections.closedByCode)}`,
    `messages      ${report.messagesPerSecond.toFixed(0)}/s, ${(report.payloadBitsPerSecond / 1e6).toFixed(1)} Mbit/s payload`,
    `latency       p50 ${latencyMs.p50.toFixed(1)} ms, p90 ${latencyMs.p90.toFixed(1)} ms, p99 ${latencyMs.p99.toFixed(1)} ms, max ${latencyMs.max.toFixed(1)} ms`,
    `account       ${report.missingSequences ?? 'unknown'} missing, ${report.duplicates} twice, ${report.gapMessages} told as dropped`,
    `load clients  ${report.loadClientCores.toFixed(2)} cores`,
    '',
    ...report.objectives.map(
      ({ name, required, found, met }) =>
        `${met ? 'met   ' : 'MISSED'} ${name}: ${Number(found.toFixed(2))} (required: ${required})`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}
