import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { baselineValues, differenceBetween, parseSettings, type Settings, settingsTable } from '#core';
import { Metrics } from '../observe/metrics.ts';
import { startServer, stopServers } from '../testing/server-under-test.ts';

const folder = new URL('./', import.meta.url).pathname;
const text = (file: string): string => readFileSync(`${folder}${file}`, 'utf8');
const documented = settingsTable.filter(({ requirement }) => requirement !== undefined);

function profile(name: string): Settings {
  const parsed = parseSettings({ ...parseEnv(text(`env/${name}.env`)), BACKEND_INTERNAL_IP: '10.0.0.2' });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.settings;
}

describe('the deployed configurations', () => {
  it('set every variable of the source document, to its values (R6, R8 to R29)', () => {
    const values = parseEnv(text('env/optimized.env'));
    expect(documented.filter(({ variable }) => values[variable] === undefined)).toEqual([]);
    const own = documented.filter(({ variable }) => variable !== 'NATS_URL');
    expect(own.filter((row) => values[row.variable] !== row.default).map(({ variable }) => variable)).toEqual([]);
    expect(profile('optimized').natsUrl).toBe('nats://10.0.0.2:4222');
  });

  it('differ in what the rollback sets, and in nothing else (R107, R109)', () => {
    const difference = differenceBetween(profile('optimized'), profile('baseline'));
    expect(Object.fromEntries(difference.map(({ variable, right }) => [variable, right]))).toEqual(baselineValues);
  });

  it('use settings that exist, in the compose file too', () => {
    const compose = parse(text('compose.yaml'), { merge: true });
    const known = new Set(settingsTable.map(({ variable }) => variable));
    for (const name of ['server-a', 'server-b']) {
      const { environment } = compose.services[name];
      expect(Object.keys(environment).filter((variable) => !known.has(variable))).toEqual([]);
      expect(parseSettings(environment).ok).toBe(true);
    }
    expect(compose.services['server-a'].environment.WS_INSTANCE).not.toBe(
      compose.services['server-b'].environment.WS_INSTANCE,
    );
  });

  it('are written out for one machine by settings.sh, which refuses what is not set', () => {
    const run = (env: Record<string, string>): string =>
      execFileSync(`${folder}settings.sh`, [`${folder}env/optimized.env`], {
        env: { PATH: process.env['PATH'], ...env },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    const written = parseSettings(parseEnv(run({ BACKEND_INTERNAL_IP: '10.0.0.7' })));
    expect(written.ok && written.settings.natsUrl).toBe('nats://10.0.0.7:4222');
    expect(() => run({})).toThrow();
  });

  it('have scripts that a shell can read; the one for gcloud prints the command of R95', () => {
    for (const script of readdirSync(folder).filter((file) => file.endsWith('.sh'))) {
      execFileSync('bash', ['-n', `${folder}${script}`]);
    }
    expect(execFileSync(`${folder}create-instance.sh`, ['--dry-run'], { encoding: 'utf8' }).trim()).toBe(
      'gcloud compute instances create odin-ws-go --zone=us-central1-a --machine-type=e2-standard-2 --boot-disk-size=20GB --boot-disk-type=pd-standard --image-family=debian-11 --image-project=debian-cloud --tags=websocket-server',
    );
  });

  it('draw dashboards of metrics that the server has', async () => {
    try {
      const { supervisor } = await startServer();
      const metrics = await new Metrics(supervisor.settings).text(await supervisor.sample(), {
        model: null,
        connectionsLeft: null,
        ratePerSecondLeft: null,
      });
      const names = new Set([...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
      const used = [...text('grafana.json').matchAll(/fanout_[a-z_]+/g)].map(([name]) => name);
      expect(used.length).toBeGreaterThan(10);
      // A histogram's series carry its name and an ending.
      const seriesOf = (name: string): string => name.replace(/_(bucket|sum|count)$/, '');
      expect([...new Set(used)].filter((name) => !names.has(name) && !names.has(seriesOf(name)))).toEqual([]);
    } finally {
      await stopServers();
    }
  });
});
