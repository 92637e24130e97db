import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { Admin } from './admin.ts';
import { startEmbedded, stopServers, TestClient } from '../testing/server-under-test.ts';

const admins: Admin[] = [];
afterEach(async () => {
  for (const admin of admins.splice(0)) admin.close();
  await stopServers();
});

async function start(values: Record<string, string> = {}) {
  const server = await startEmbedded({ WS_ADMIN_ADDR: '127.0.0.1:0', ...values });
  let drains = 0;
  const admin = new Admin(server.supervisor, () => {
    drains += 1;
  });
  admins.push(admin);
  const port = await admin.listen();
  const at = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method });
  return { ...server, at, adminPort: port, drains: () => drains };
}

describe('the admin address', () => {
  it('tells Prometheus what happened, each metric with a unit in its name and a help text', async () => {
    const { bus, port, at } = await start();
    const client = await new TestClient(port).subscribed('a');
    for (let count = 0; count < 3; count += 1) bus.publish('a', '1', 1);
    await client.received('message', 3);
    const answer = await at('/metrics');
    const text = await answer.text();
    expect(answer.headers.get('content-type')).toContain('text/plain');
    for (const line of [
      'fanout_connections 1',
      'fanout_deliveries_sent_total 3',
      'fanout_bus_acknowledged_total 3',
      'fanout_bus_connected 1',
      'fanout_connections_refused_total{reason="cpu"} 0',
      'fanout_deliveries_dropped_total{reason="buffer-full-oldest"} 0',
      'fanout_connections_closed_total{reason="slow-client"} 0',
      // Published in 1970, says this test's publisher.
      'fanout_delivery_latency_seconds_bucket{shard="0",le="10"} 0',
      'fanout_delivery_latency_seconds_bucket{shard="0",le="+Inf"} 3',
      'fanout_deliveries_ahead_of_publisher_total 0',
      'fanout_model_cpu_cores NaN',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    const named = [...text.matchAll(/^# TYPE (\S+) (\S+)/gm)];
    expect(named.length).toBeGreaterThan(30);
    for (const [, name, type] of named) {
      expect(text).toContain(`# HELP ${name} `);
      if (type === 'counter') expect(name).toMatch(/_total$/);
    }
    // Totals, not sums of totals: a second scrape says the same.
    expect(await (await at('/metrics')).text()).toContain('fanout_deliveries_sent_total 3\n');
  });

  it('says how far the limits are, what is set, and hides secrets', async () => {
    const { port, at } = await start({ WS_MAX_CONNECTIONS: '4', WS_JWT_SECRET: '' });
    await new TestClient(port).subscribed('a');
    const headroom = await (await at('/headroom')).json();
    expect(headroom).toMatchObject({ connections: 1 });
    expect(headroom.resources.find(({ resource }: { resource: string }) => resource === 'connections')).toEqual({
      resource: 'connections',
      usedPercent: 25,
      connectionsAtLimit: 4,
      ratePerSecondAtLimit: null,
    });
    expect(headroom.connectionsLeft).toBe(3);
    expect(headroom.model).toBeNull();
    const secret = await start({ WS_JWT_SECRET: 'do not tell anybody this secret of 35' });
    const settings = await (await secret.at('/settings')).text();
    expect(settings).toContain('WS_JWT_SECRET');
    expect(settings).not.toContain('do not tell');
  });

  it('sets the profile’s word on the present load beside the real one', async () => {
    const profile = new URL('../../experiments/profiles/node-measured.json', import.meta.url).pathname;
    const { bus, port, at, supervisor } = await start({ WS_PROFILE: profile, WS_FLUSH_INTERVAL: '0s' });
    const clients = await Promise.all(Array.from({ length: 50 }, () => new TestClient(port).subscribed('a')));
    const first = await supervisor.sample();
    await at('/headroom');
    let published = 0;
    while ((await supervisor.sample()).atNs - first.atNs < 1.2e9) {
      bus.publish('a', '1', 1);
      published += 1;
      await clients[0].received('message', published);
    }
    const { model, ratePerSecond, ratePerSecondLeft } = await (await at('/headroom')).json();
    expect(ratePerSecond).toBeGreaterThan(0);
    expect(ratePerSecondLeft).toBeGreaterThan(0);
    expect(model).toMatchObject({ profile: 'node-measured' });
    expect(model.predictedMemoryBytes).toBeGreaterThan(50e6);
    expect(model.predictedCores).toBeGreaterThan(0.01);
    expect(await (await at('/metrics')).text()).toMatch(/^fanout_model_cpu_cores 0\.\d+$/m);
    await expect(start({ WS_PROFILE: '/nowhere.json' })).rejects.toThrow('WS_PROFILE=/nowhere.json');
  });

  it('drains when it is asked to, and names what it has when asked for anything else', async () => {
    const { at, adminPort, drains } = await start();
    expect((await at('/drain', 'POST')).status).toBe(202);
    expect(drains()).toBe(1);
    const foreign = request({
      port: adminPort,
      host: '127.0.0.1',
      path: '/settings',
      headers: { host: 'evil.example' },
    }).end();
    const [refused] = await once(foreign, 'response');
    refused.resume();
    expect(refused.statusCode).toBe(403);
    expect((await at('/drain')).status).toBe(404);
    expect((await at('/metrics', 'DELETE')).status).toBe(405);
    expect(await (await at('/nothing')).text()).toContain('GET /metrics');
  });
});
