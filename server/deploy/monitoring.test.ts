import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Admin } from '../observe/admin.ts';
import { startEmbedded, stopServers } from '../testing/server-under-test.ts';

afterEach(stopServers);

const here = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}
const panels: readonly Panel[] = JSON.parse(here('grafana.json')).panels;
const panelQueries = panels.flatMap(({ title, targets }) => (targets ?? []).map(({ expr }) => ({ title, expr })));
const alerts: readonly { readonly alert: string; readonly expr: string }[] = parse(
  here('monitoring/alerts.yml'),
).groups.flatMap(({ rules }: { rules: unknown[] }) => rules);

const metricsOf = (expression: string): string[] => expression.match(/\bfanout_\w+/g) ?? [];

/** Names that the server exports, and which of them are counters. */
async function exported(): Promise<{ readonly all: Set<string>; readonly counters: Set<string> }> {
  const { supervisor } = await startEmbedded({ WS_ADMIN_ADDR: '127.0.0.1:0' });
  const admin = new Admin(supervisor, () => {});
  const text = await (await fetch(`http://127.0.0.1:${await admin.listen()}/metrics`)).text();
  admin.close();
  const all = new Set<string>();
  const counters = new Set<string>();
  for (const [, name, type] of text.matchAll(/^# TYPE (\S+) (\S+)/gm)) {
    const names = type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
    for (const one of names) {
      all.add(one);
      if (type !== 'gauge') counters.add(one);
    }
  }
  expect(text.match(/ nan$/im)?.every((value) => value === ' NaN')).toBe(true);
  return { all, counters };
}

describe('dashboard and alert rules', () => {
  it('name only metrics that the server exports, and leave none of them out of the dashboard', async () => {
    const { all } = await exported();
    const drawn = new Set(panelQueries.flatMap(({ expr }) => metricsOf(expr)));
    for (const { alert, expr } of alerts) {
      for (const name of metricsOf(expr)) expect(all, `${alert}: ${name}`).toContain(name);
    }
    for (const name of drawn) expect(all, `dashboard: ${name}`).toContain(name);
    // Terms of sums that are drawn; everything else has its place.
    expect([...all].filter((name) => !drawn.has(name)).sort()).toEqual([
      'fanout_deliveries_ahead_of_publisher_total',
      'fanout_deliveries_offered_total',
      'fanout_deliveries_queued',
      'fanout_model_drifted',
    ]);
  });

  it('draw every counter as a rate over the interval that the picture needs, of the instance that is chosen', async () => {
    const { counters } = await exported();
    for (const { title, expr } of panelQueries) {
      for (const name of metricsOf(expr)) {
        expect(expr, title).toContain(`${name}{instance=~"$instance"`);
        if (counters.has(name))
          expect(expr, title).toMatch(new RegExp(`rate\\(${name}\\{[^}]*\\}\\[\\$__rate_interval\\]\\)`));
        else expect(expr, title).not.toContain(`rate(${name}`);
      }
    }
  });

  it('show each resource beside its limit', () => {
    for (const [used, limit] of [
      ['fanout_cpu_seconds_total', 'fanout_cpu_limit_cores'],
      ['fanout_memory_bytes', 'fanout_memory_limit_bytes'],
      ['fanout_connections', 'fanout_connections_limit'],
      ['fanout_tasks', 'fanout_tasks_limit'],
      ['fanout_sent_bytes_total', 'fanout_network_limit_bits_per_second'],
      ['fanout_bus_messages_total', 'fanout_bus_limit_messages_per_second'],
    ]) {
      const beside = panels.filter(({ targets }) => targets?.some(({ expr }) => metricsOf(expr).includes(used)));
      expect(
        beside.some(({ targets }) => targets?.some(({ expr }) => metricsOf(expr).includes(limit))),
        used,
      ).toBe(true);
    }
  });
});
