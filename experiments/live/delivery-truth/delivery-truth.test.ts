import { describe, expect, it } from 'vitest';
import { natsIsInstalled } from '../../../server/bus/nats-process.ts';
import { disturb, faults } from './faults.ts';
import { TruthWorld } from './truth-world.ts';

describe.skipIf(!natsIsInstalled())('delivery truth', () => {
  it('holds through stops, cuts, purges, expiry, and a rate above the cap; and is told when it does not', async () => {
    const world = await TruthWorld.start({
      seed: 7,
      clients: 12,
      instances: 1,
      ratePerSecond: 50,
      retentionMs: 1_500,
      settings: { WS_MAX_NATS_RATE: '200', WS_RATE_BURST: '0.2' },
    });
    try {
      for (const [name, durationMs] of [
        ['server stopped', 800],
        ['link cut', 2_000],
        ['purge behind a cut link', 300],
        ['rate cap exceeded', 0],
      ] as const) {
        await faults.find((fault) => fault.name === name)?.run(world, durationMs);
        world.clients[world.between(0, 11)].reconnect();
      }
      await disturb(world, 1, 300);
      const report = await world.finish();
      expect(report.missing.map(({ client, channel, sequence }) => `${client} ${channel} ${sequence}`)).toEqual([]);
      expect([report.reordered, report.duplicates, report.died]).toEqual([0, 0, []]);
      // The faults did bite: messages expired and were purged, and clients heard of it.
      expect(report.owed).toBeGreaterThan(500);
      expect(report.gapNotices).toBeGreaterThan(0);
      // The canary: a client that lacks a message without a word is found.
      const [client] = world.clients;
      const [lost] = client.received;
      client.received.delete(lost);
      expect((await world.finish()).missing.some(({ id }) => id === lost)).toBe(true);
    } finally {
      await world.stop();
    }
  }, 60_000);
});
