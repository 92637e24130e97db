import { afterEach, describe, expect, it } from 'vitest';
import { CloseReason } from '#core';
import { startEmbedded, stopServers, TestClient } from './testing/server-under-test.ts';

afterEach(stopServers);

describe('a shard that crashes', () => {
  it.each([
    ['an uncaught error', 'throw', {}],
    // Heap in MiB is the memory limit; the refusal that so little brings is lifted by the time of the restart.
    ['a heap that is full', 'exhaust-heap', { WS_MEMORY_LIMIT: '314572800' }],
  ] as const)(
    'with %s is restarted; its clients are counted as lost, come back and recover',
    async (_name, how, values) => {
      const { bus, port, supervisor } = await startEmbedded({ WS_SHARDS: '2', ...values });
      const clients = await Promise.all(Array.from({ length: 12 }, () => new TestClient(port).subscribed('a')));
      for (let count = 0; count < 5; count += 1) bus.publish('a', '1', 1);
      await Promise.all(clients.map((client) => client.received('message', 5)));
      const welcomes = await Promise.all(clients.map(async (client) => (await client.received('welcome'))[0]));
      const onFirst = clients.filter((_client, index) => String(welcomes[index].connection).startsWith('0-'));
      const onSecond = clients.filter((client) => !onFirst.includes(client));
      supervisor.failShard(0, how);
      expect(await Promise.all(onFirst.map((client) => client.ended))).toEqual(onFirst.map(() => 1006));
      for (let count = 0; count < 5; count += 1) bus.publish('a', '2', 1);
      await Promise.all(onSecond.map((client) => client.received('message', 10)));
      const { epoch } = bus;
      const returned = await Promise.all(
        onFirst.map(async (client) => {
          const back = new TestClient(port);
          await back.received('welcome');
          back.send({ type: 'subscribe', channels: ['a'], since: { a: client.sequences.at(-1) }, epoch });
          expect((await back.received('subscribed'))[0].recovered).toEqual({ a: true });
          return back;
        }),
      );
      const afterCrash = [6, 7, 8, 9, 10];
      await Promise.all(returned.map((client) => client.receivedAll(afterCrash)));
      for (const client of returned) expect(client.sequences).toEqual(afterCrash);
      const sample = await supervisor.sample();
      expect(sample.shardCrashes).toBe(1);
      expect(sample.connections).toBe(12);
      expect(sample.shards[0].closedByReason[CloseReason.shardCrashed]).toBe(onFirst.length);
      for (const shard of sample.shards) {
        const dropped = shard.droppedByReason.reduce((sum, count) => sum + count, 0);
        expect(shard.offered).toBe(shard.sent + dropped + shard.queued);
      }
    },
    30_000,
  );
});
