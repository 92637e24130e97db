import { isInjected } from './injected-variables.ts';
import { redacted } from '../base/redact.ts';
import { durationForm, formatDuration, parseDuration } from '../base/duration.ts';
import type { SlowClientPolicy } from '../broadcast/send-buffer.ts';
import { parseQuantity, type QuantityUnit } from '../base/quantity.ts';
import { nearestName } from '../base/nearest-names.ts';
import { type SettingRow, settingsTable } from './settings-table.ts';

/** All settings of a server, real or simulated, parsed and checked. Units are in the names. */
export interface Settings {
  readonly environment: string;
  readonly listenAddress: string;
  /** null: the embedded bus. */
  readonly natsUrl: string | null;
  readonly natsCredentialsFile: string;
  readonly natsNkeyFile: string;
  readonly natsCaFile: string;
  readonly cpuLimitCores: number;
  readonly memoryLimitBytes: number;
  readonly connectionsMax: number;
  readonly workerPoolSize: number;
  readonly workerQueueSize: number;
  readonly natsRateMaxPerSecond: number;
  readonly broadcastRateMaxPerSecond: number;
  readonly tasksMax: number;
  readonly cpuRejectPercent: number;
  readonly cpuPausePercent: number;
  readonly streamName: string;
  readonly consumerName: string;
  readonly streamMaxAgeNs: number;
  readonly streamMaxMessages: number;
  readonly streamMaxBytes: number;
  readonly ackWaitNs: number;
  readonly metricsIntervalNs: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'json' | 'pretty';
  readonly sendBufferSlots: number;
  readonly sendBufferBytesMax: number;
  readonly slowClientPolicy: SlowClientPolicy;
  readonly slowClientStrikes: number;
  readonly subscriptionLookup: 'index' | 'scan';
  readonly flushIntervalNs: number;
  readonly flushIntervalMaxNs: number;
  readonly historyAgeNs: number;
  readonly historyBytesMax: number;
  readonly writeBytesMax: number;
  readonly writesPerTurn: number;
  readonly jobSliceSize: number;
  readonly shardInboxMessages: number;
  readonly shards: number;
  readonly rateBurstFactor: number;
  readonly cpuHysteresisPercent: number;
  readonly nakDelayNs: number;
  readonly pauseMode: 'stop' | 'nak';
  readonly rateExceededMode: 'wait' | 'nak';
  readonly streamStorage: 'file' | 'memory';
  readonly streamReplicas: number;
  readonly instance: string;
  readonly maxAckPending: number;
  readonly subjects: string;
  readonly channelsPerClientMax: number;
  readonly clientMessageBytesMax: number;
  /** 0: not known. */
  readonly networkBitsPerSecond: number;
  readonly pingIntervalNs: number;
  readonly pingTimeoutNs: number;
  readonly idleTimeoutNs: number;
  readonly handshakeTimeoutNs: number;
  /** 0: no limit. */
  readonly connectionsPerAddressMax: number;
  /** Comma-separated, as are the origins. */
  readonly trustedProxies: string;
  readonly allowedOrigins: string;
  readonly jwtSecret: string;
  readonly jwtPublicKeyFile: string;
  /** What clients' tokens must name; '' for anything. */
  readonly jwtAudience: string;
  readonly jwtIssuer: string;
  readonly jwtExpiry: 'optional' | 'required';
  readonly tlsCertificateFile: string;
  readonly tlsKeyFile: string;
  /** '' for none. */
  readonly adminAddress: string;
  readonly adminToken: string;
  readonly profileFile: string;
  readonly drainTimeoutNs: number;
}

/** Variables by name, as an environment or a scenario gives them. */
export type SettingValues = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SettingIssue {
  readonly variable: string;
  readonly given: string;
  readonly accepted: string;
  readonly message: string;
}

export type ParsedSettings =
  | { readonly ok: true; readonly settings: Settings; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly issues: readonly SettingIssue[] };

/** Prefixes that belong to this project: an unknown variable with one of them is taken for a typing error. */
const ownPrefixes = ['WS_', 'JS_'];

/** What the rollback sets (R107): the document's baseline of 7,000 connections. */
export const baselineValues: SettingValues = {
  WS_MAX_CONNECTIONS: '7000',
  WS_WORKER_POOL_SIZE: '192',
  WS_WORKER_QUEUE_SIZE: '19200',
  WS_MAX_GOROUTINES: '17500',
};

/** The machine before both optimisations (R31): baseline, 2,048 slots and a linear scan. */
export const beforeOptimisationValues: SettingValues = {
  ...baselineValues,
  WS_SEND_BUFFER_SLOTS: '2048',
  WS_SUBSCRIPTION_LOOKUP: 'scan',
};

/**
 * Reads settings by variable name; what is not given has its default. Variables of other prefixes are ignored.
 * All problems are reported at once.
 */
export function parseSettings(values: SettingValues): ParsedSettings {
  const issues: SettingIssue[] = [];
  const fields: Record<string, unknown> = {};
  for (const row of settingsTable) {
    const given = values[row.variable];
    const text = given === undefined || given === '' ? row.default : String(given);
    const parsed = parseValue(row, text);
    if (parsed.ok) fields[row.field] = parsed.value;
    else issues.push(issue(row.variable, text, parsed.accepted, `${row.variable}: ${text} is not accepted`));
  }
  for (const variable of Object.keys(values)) {
    if (!ownPrefixes.some((prefix) => variable.startsWith(prefix)) || isInjected(variable)) continue;
    if (settingsTable.some((row) => row.variable === variable)) continue;
    const nearest = nearestName(
      variable,
      settingsTable.map((row) => row.variable),
    );
    issues.push(
      issue(
        variable,
        String(values[variable]),
        nearest,
        `${variable}: there is no such setting; did you mean ${nearest}?`,
      ),
    );
  }
  if (issues.length > 0) return { ok: false, issues };
  const { natsUrl, ...rest } = fields;
  const url = substituted(String(natsUrl), values, issues);
  // The table's rows and the fields of `Settings` are the same; a test holds the two together.
  const settings = { ...rest, natsUrl: url === '' ? null : url } as unknown as Settings;
  checkTogether(settings, issues);
  return issues.length > 0 ? { ok: false, issues } : { ok: true, settings, warnings: warningsOf(settings) };
}

/** Host and port of `host:port`; an empty host is every interface. */
export function parseListenAddress(address: string): { readonly host: string | undefined; readonly port: number } {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  return { host: host === '' ? undefined : host, port: Number(address.slice(colon + 1)) };
}

/** The variables in which two configurations differ (R109), in the table's order. */
export function differenceBetween(
  left: Settings,
  right: Settings,
): { variable: string; left: string; right: string }[] {
  return settingsTable
    .map((row) => ({ variable: row.variable, left: printed(row, left), right: printed(row, right) }))
    .filter((entry) => entry.left !== entry.right);
}

/** A setting's value as one would write it in the environment. */
export function printed(row: SettingRow, settings: Settings): string {
  const value = settings[row.field as keyof Settings];
  if (row.kind === 'duration') return formatDuration(Number(value));
  return value === null ? '' : String(value);
}

const settingUnit = ({ kind, unit }: SettingRow): QuantityUnit =>
  kind === 'percent' ? 'percent' : unit === 'bytes' ? 'bytes' : unit === 'bit/s' ? 'bit/s' : 'count';

type ParsedValue = { ok: true; value: string | number } | { ok: false; accepted: string };

function parseValue(row: SettingRow, text: string): ParsedValue {
  switch (row.kind) {
    case 'text':
      return { ok: true, value: text };
    case 'choice':
      return row.choices?.includes(text) === true
        ? { ok: true, value: text }
        : { ok: false, accepted: `one of ${row.choices?.join(', ')}` };
    case 'optional-address':
    case 'address': {
      if (text === '' && row.kind === 'optional-address') return { ok: true, value: '' };
      const match = /^(?:[^\s:]*|\[[^\]\s]+\]):(\d{1,5})$/.exec(text);
      return match !== null && Number(match[1]) <= 65_535
        ? { ok: true, value: text }
        : { ok: false, accepted: 'host:port or :port, with a port from 0 to 65535' };
    }
    case 'duration': {
      const value = parseDuration(text);
      const accepted = row.least === undefined ? durationForm : `${durationForm}, above 0`;
      return value === null || value < (row.least ?? 0) ? { ok: false, accepted } : { ok: true, value };
    }
    default: {
      const least = row.least ?? 0;
      const most = row.kind === 'percent' ? 100 : (row.most ?? Number.MAX_SAFE_INTEGER);
      const value = parseQuantity(text, settingUnit(row)) ?? Number.NaN;
      const whole = row.kind !== 'integer' || Number.isSafeInteger(value);
      const accepted = `${row.kind === 'integer' ? 'a whole number' : 'a number'} from ${least} to ${most}${row.unit === '' ? '' : ` (${row.unit})`}`;
      return whole && value >= least && value <= most ? { ok: true, value } : { ok: false, accepted };
    }
  }
}

function checkTogether(settings: Settings, issues: SettingIssue[]): void {
  if (settings.cpuRejectPercent > settings.cpuPausePercent) {
    issues.push(
      issue(
        'WS_CPU_REJECT_THRESHOLD',
        String(settings.cpuRejectPercent),
        `at most WS_CPU_PAUSE_THRESHOLD, which is ${settings.cpuPausePercent}`,
        'WS_CPU_REJECT_THRESHOLD: refusing connections must begin before, or where, bus consumption pauses (R30)',
      ),
    );
  }
  if (settings.cpuHysteresisPercent >= settings.cpuRejectPercent) {
    issues.push(
      issue(
        'WS_CPU_HYSTERESIS',
        String(settings.cpuHysteresisPercent),
        `less than WS_CPU_REJECT_THRESHOLD, which is ${settings.cpuRejectPercent}`,
        'WS_CPU_HYSTERESIS: a refusal could never end',
      ),
    );
  }
  checkPair(issues, 'WS_TLS_CERT', settings.tlsCertificateFile, 'WS_TLS_KEY', settings.tlsKeyFile, 'both');
  checkPair(issues, 'WS_JWT_SECRET', settings.jwtSecret, 'WS_JWT_PUBLIC_KEY', settings.jwtPublicKeyFile, 'one');
  if (settings.instance !== '' && !/^[A-Za-z0-9_-]{1,32}$/.test(settings.instance)) {
    issues.push(
      issue(
        'WS_INSTANCE',
        settings.instance,
        '1 to 32 letters, digits, _ or -',
        `WS_INSTANCE: ${settings.instance} cannot be part of a consumer's name`,
      ),
    );
  }
}

function checkPair(
  issues: SettingIssue[],
  variable: string,
  given: string,
  other: string,
  otherGiven: string,
  wanted: 'both' | 'one',
): void {
  if (wanted === 'both' ? (given === '') === (otherGiven === '') : given === '' || otherGiven === '') return;
  issues.push(
    issue(
      variable,
      given === '' ? 'nothing' : 'a value',
      wanted === 'both' ? `${variable} and ${other}, or neither` : `${variable} or ${other}, not both`,
      `${variable}: it does not go with ${other}`,
    ),
  );
}

function warningsOf(settings: Settings): string[] {
  if (settings.ackWaitNs < settings.streamMaxAgeNs) return [];
  return [
    `JS_CONSUMER_ACK_WAIT (${formatDuration(settings.ackWaitNs)}) is not below JS_STREAM_MAX_AGE (${formatDuration(settings.streamMaxAgeNs)}): an unanswered message has expired before it would be redelivered (R36)`,
  ];
}

function substituted(url: string, values: SettingValues, issues: SettingIssue[]): string {
  return url.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (reference, name: string) => {
    const value = values[name];
    if (value !== undefined && value !== '') return String(value);
    issues.push(
      issue(
        'NATS_URL',
        redacted(url),
        `a URL, or ${name} set as well`,
        `NATS_URL: it refers to ${name}, which is not set`,
      ),
    );
    return reference;
  });
}

const issue = (variable: string, given: string, accepted: string, message: string): SettingIssue => ({
  variable,
  given,
  accepted,
  message,
});
