import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../base/duration.ts';
import {
  baselineValues,
  differenceBetween,
  parseListenAddress,
  parseSettings,
  settingsNotModelled,
  type SettingValues,
} from './settings.ts';
import { type Settings, settingsTable } from './settings-table.ts';

function settingsOf(values: SettingValues = {}): Settings {
  const parsed = parseSettings(values);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.settings;
}
const issuesOf = (values: SettingValues) => {
  const parsed = parseSettings(values);
  return parsed.ok ? [] : parsed.issues;
};

describe('durations (R30)', () => {
  it.each([
    ['30s', 30e9],
    ['100ms', 1e8],
    ['1m30s', 90e9],
    ['1.5h', 5.4e12],
    ['250us', 250_000],
    ['0', 0],
  ])('%s is %d ns', (text, expected) => expect(parseDuration(text)).toBe(expected));

  it.each(['', '30', 's', '30 s', '-1s', '1d', '1s2'])('%j is none', (text) => expect(parseDuration(text)).toBeNull());

  it('prints what it reads', () => {
    for (const text of ['30s', '100ms', '2h', '90s', '7ns', '0s'])
      expect(formatDuration(parseDuration(text) ?? -1)).toBe(text);
  });
});

describe('parseSettings', () => {
  it('has the 22 variables of R8 to R29, each once', () => {
    const requirements = settingsTable
      .map(({ requirement }) => requirement)
      .filter((requirement) => requirement !== undefined);
    expect(requirements).toEqual(Array.from({ length: 22 }, (_unused, index) => `R${index + 8}`));
    expect(new Set(settingsTable.map(({ variable }) => variable)).size).toBe(settingsTable.length);
  });

  it("gives the document's optimized production profile by default", () => {
    expect(settingsOf()).toMatchObject({
      connectionsMax: 12_000,
      workerPoolSize: 512,
      workerQueueSize: 51_200,
      tasksMax: 35_000,
      cpuLimitCores: 1.9,
      memoryLimitBytes: 7_516_192_768,
      cpuRejectPercent: 75,
      cpuPausePercent: 80,
      streamMaxAgeNs: 30e9,
      natsUrl: null,
      sendBufferSlots: 512,
    });
  });

  it('fills exactly the fields of the table', () => {
    expect(Object.keys(settingsOf()).sort()).toEqual(settingsTable.map(({ field }) => field).sort());
  });

  it.each(
    settingsTable
      .filter(({ kind }) => kind !== 'text' && kind !== 'optional-text')
      .map((row) => [row.variable] as const),
  )('%s refuses nonsense', (variable) => {
    const [issue] = issuesOf({ [variable]: 'nonsense' });
    expect(issue).toMatchObject({ variable, given: 'nonsense' });
    expect(issue.accepted.length).toBeGreaterThan(5);
  });

  it('takes the ends of a range and refuses what is just beyond them', () => {
    expect(settingsOf({ WS_MAX_CONNECTIONS: 1 }).connectionsMax).toBe(1);
    expect(issuesOf({ WS_MAX_CONNECTIONS: 0 })).toHaveLength(1);
    expect(settingsOf({ WS_CPU_PAUSE_THRESHOLD: '100' }).cpuPausePercent).toBe(100);
    expect(issuesOf({ WS_CPU_PAUSE_THRESHOLD: '100.1' })).toHaveLength(1);
    expect(issuesOf({ WS_MAX_CONNECTIONS: '12.5' })).toHaveLength(1);
    expect(issuesOf({ JS_STREAM_MAX_AGE: '0s' })).toHaveLength(1);
    expect(settingsOf({ WS_FLUSH_INTERVAL: '0s' }).flushIntervalNs).toBe(0);
  });

  it('refuses a reject threshold above the pause threshold (R30)', () => {
    expect(issuesOf({ WS_CPU_REJECT_THRESHOLD: 85 })).toMatchObject([
      { variable: 'WS_CPU_REJECT_THRESHOLD', given: '85', accepted: 'at most WS_CPU_PAUSE_THRESHOLD, which is 80' },
    ]);
  });

  it('names the nearest setting for one that does not exist, and leaves the rest of the environment alone', () => {
    expect(issuesOf({ WS_MAX_CONECTIONS: 1 })[0].message).toContain('did you mean WS_MAX_CONNECTIONS?');
    expect(issuesOf({ PATH: '/bin', HOME: '/' })).toEqual([]);
  });

  it('reports all problems at once', () => {
    expect(issuesOf({ WS_MAX_CONNECTIONS: -1, LOG_LEVEL: 'loud' })).toHaveLength(2);
  });

  it('substitutes BACKEND_INTERNAL_IP in NATS_URL and says when it is missing (R10)', () => {
    const url = 'nats://${BACKEND_INTERNAL_IP}:4222';
    expect(settingsOf({ NATS_URL: url, BACKEND_INTERNAL_IP: '10.0.0.7' }).natsUrl).toBe('nats://10.0.0.7:4222');
    expect(issuesOf({ NATS_URL: url })[0].message).toContain('BACKEND_INTERNAL_IP');
  });

  it('warns that an ack wait as long as the retention cannot work (R36)', () => {
    const parsed = parseSettings({});
    expect(parsed.ok && parsed.warnings[0]).toContain('expired before it would be redelivered');
    const fine = parseSettings({ JS_CONSUMER_ACK_WAIT: '5s' });
    expect(fine.ok && fine.warnings).toEqual([]);
  });

  it('prints the difference between two profiles (R109)', () => {
    expect(differenceBetween(settingsOf(baselineValues), settingsOf())).toEqual([
      { variable: 'WS_MAX_CONNECTIONS', left: '7000', right: '12000' },
      { variable: 'WS_WORKER_POOL_SIZE', left: '192', right: '512' },
      { variable: 'WS_WORKER_QUEUE_SIZE', left: '19200', right: '51200' },
      { variable: 'WS_MAX_GOROUTINES', left: '17500', right: '35000' },
    ]);
  });
});

describe('settingsNotModelled', () => {
  it('names what the server obeys and the simulator ignores, of the settings that were given', () => {
    expect(
      settingsNotModelled({ WS_TLS_CERT: 'c.pem', WS_PING_INTERVAL: '1s', WS_SHARDS: 2, LOG_LEVEL: 'debug' }),
    ).toEqual(['WS_PING_INTERVAL', 'WS_TLS_CERT']);
    expect(settingsNotModelled({ WS_TLS_CERT: '' })).toEqual([]);
  });
});

describe('parseListenAddress', () => {
  it('splits host and port', () => {
    expect(parseListenAddress(':3002')).toEqual({ host: undefined, port: 3002 });
    expect(parseListenAddress('127.0.0.1:0')).toEqual({ host: '127.0.0.1', port: 0 });
    expect(parseListenAddress('[::1]:80')).toEqual({ host: '::1', port: 80 });
  });
});
