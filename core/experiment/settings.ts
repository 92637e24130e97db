import { isInjected } from './injected-variables.ts';
import { assert } from '../base/assert.ts';
import { redacted } from '../base/redact.ts';
import { durationForm, formatDuration, parseDuration } from '../base/duration.ts';
import { parseQuantity, type QuantityUnit } from '../base/quantity.ts';
import { nearestName } from '../base/nearest-names.ts';
import { type SettingRow, type Settings, settingsTable } from './settings-table.ts';

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
  if (typeof fields.natsUrl === 'string') fields.natsUrl = substituted(fields.natsUrl, values, issues);
  assertSettings(fields);
  const settings = fields;
  checkTogether(settings, issues);
  return issues.length > 0 ? { ok: false, issues } : { ok: true, settings, warnings: warningsOf(settings) };
}

/** Of the settings that a scenario gives: those that the server obeys and the simulator ignores, in the table's order. */
export function settingsNotModelled(given: SettingValues): string[] {
  return settingsTable
    .filter(({ twin, variable }) => twin === 'not-modelled' && given[variable] !== undefined && given[variable] !== '')
    .map(({ variable }) => variable);
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
  const value = settings[row.field];
  if (row.kind === 'duration') return formatDuration(Number(value));
  return value === null ? '' : String(value);
}

const settingUnit = ({ kind, unit }: SettingRow): QuantityUnit =>
  kind === 'percent' ? 'percent' : unit === 'bytes' ? 'bytes' : unit === 'bit/s' ? 'bit/s' : 'count';

type ParsedValue = { ok: true; value: string | number | null } | { ok: false; accepted: string };

function parseValue(row: SettingRow, text: string): ParsedValue {
  switch (row.kind) {
    case 'text':
      return { ok: true, value: text };
    case 'optional-text':
      return { ok: true, value: text === '' ? null : text };
    case 'choice':
      return row.choices.includes(text)
        ? { ok: true, value: text }
        : { ok: false, accepted: `one of ${row.choices.join(', ')}` };
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
      const accepted = row.min === undefined ? durationForm : `${durationForm}, above 0`;
      return value === null || value < (row.min ?? 0) ? { ok: false, accepted } : { ok: true, value };
    }
    default: {
      const min = row.min ?? 0;
      const max = row.kind === 'percent' ? 100 : (row.max ?? Number.MAX_SAFE_INTEGER);
      const value = parseQuantity(text, settingUnit(row)) ?? Number.NaN;
      const whole = row.kind !== 'integer' || Number.isSafeInteger(value);
      const accepted = `${row.kind === 'integer' ? 'a whole number' : 'a number'} from ${min} to ${max}${row.unit === undefined ? '' : ` (${row.unit})`}`;
      return whole && value >= min && value <= max ? { ok: true, value } : { ok: false, accepted };
    }
  }
}

/** Every row of the table has a value of its kind: that makes a record the settings. */
function assertSettings(fields: Readonly<Record<string, unknown>>): asserts fields is Settings {
  for (const { field, kind } of settingsTable) {
    const value = fields[field];
    const fits = numericKinds.has(kind)
      ? typeof value === 'number'
      : typeof value === 'string' || (kind === 'optional-text' && value === null);
    assert(fits, () => `setting ${field} of kind ${kind} was parsed as ${String(value)}`);
  }
}
const numericKinds: ReadonlySet<SettingRow['kind']> = new Set(['integer', 'number', 'percent', 'duration']);

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
