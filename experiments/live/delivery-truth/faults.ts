import { RandomStream } from '#sim';
import { wait } from './publications.ts';
import type { TruthWorld } from './truth-world.ts';

/** Something that happens to a server, to NATS, to the link between them, or to the stream. Durations in ms. */
export interface Fault {
  readonly name: string;
  run(world: TruthWorld, durationMs: number): Promise<void>;
}

const streamName = 'ODIN_TOKENS';
const consumerOf = (world: TruthWorld): string => (world.instances > 1 ? 'ws-server-i0' : 'ws-server');
/** Time in which nats-server writes what it has confirmed, so that its end loses nothing that is ours to judge. */
const writeMs = 400;

async function withNatsDown(world: TruthWorld, whileDown: () => Promise<void>): Promise<void> {
  world.publications.paused = true;
  await wait(writeMs);
  await world.nats.kill();
  await whileDown();
  await world.nats.run();
  world.publications.paused = false;
}

async function withLimits(world: TruthWorld, limits: object, messages: number): Promise<void> {
  const manager = await world.publications.publisher.manager();
  const { config } = await manager.streams.info(streamName);
  await manager.streams.update(streamName, limits);
  await world.publications.burst(messages);
  await manager.streams.update(streamName, { max_msgs: config.max_msgs, max_bytes: config.max_bytes });
}

export const faults: readonly Fault[] = [
  {
    name: 'server stopped',
    async run(world, durationMs) {
      const instance = world.between(0, world.instances - 1);
      world.signal(instance, 'SIGSTOP');
      await wait(durationMs);
      world.signal(instance, 'SIGCONT');
    },
  },
  {
    name: 'server stopped again and again',
    async run(world, durationMs) {
      for (let count = 0; count < 5; count += 1) {
        world.signal(0, 'SIGSTOP');
        await wait(Math.min(1_000, durationMs / 5));
        world.signal(0, 'SIGCONT');
        await wait(world.between(50, 600));
      }
    },
  },
  {
    name: 'nats-server stopped',
    async run(world, durationMs) {
      world.nats.pause();
      await wait(durationMs);
      world.nats.resume();
    },
  },
  {
    name: 'server killed',
    async run(world, durationMs) {
      const instance = world.between(0, world.instances - 1);
      await world.killServer(instance);
      await wait(durationMs);
      await world.startServer(instance);
    },
  },
  { name: 'nats-server killed', run: (world, durationMs) => withNatsDown(world, () => wait(durationMs)) },
  {
    name: 'link held',
    async run({ link }, durationMs) {
      link.hold();
      await wait(durationMs);
      link.release();
    },
  },
  {
    name: 'link cut',
    async run({ link }, durationMs) {
      link.cut();
      await wait(durationMs);
      link.mend();
    },
  },
  {
    name: 'purge behind a cut link',
    async run({ link, publications }, durationMs) {
      link.cut();
      await wait(Math.min(durationMs, 1_000));
      await (await publications.publisher.manager()).streams.purge(streamName);
      link.mend();
    },
  },
  {
    name: 'stream deleted',
    run: ({ publications }) => publications.publisher.removeStream(streamName),
  },
  {
    name: 'consumer deleted',
    run: (world) => world.publications.publisher.removeConsumer(streamName, consumerOf(world)),
  },
  { name: 'rate cap exceeded', run: ({ publications }) => publications.burst(700) },
  { name: 'retention by count', run: (world) => withLimits(world, { max_msgs: 50 }, 600) },
  { name: 'retention by bytes', run: (world) => withLimits(world, { max_bytes: 4_000 }, 600) },
  {
    name: 'messages deleted from the middle',
    async run({ link, publications }) {
      link.hold();
      await wait(500);
      const manager = await publications.publisher.manager();
      const { state } = await manager.streams.info(streamName);
      for (const back of [2, 3, 5])
        await manager.streams.deleteMessage(streamName, state.last_seq - back, false).catch(() => false);
      link.release();
    },
  },
  {
    name: 'store put back',
    async run(world, durationMs) {
      await withNatsDown(world, () => Promise.resolve(world.nats.saveStore()));
      await wait(Math.min(durationMs, 2_000) + 1_500);
      await withNatsDown(world, () => Promise.resolve(world.nats.restoreStore()));
    },
  },
];

/** Runs faults drawn by the world's seed, clients coming and going meanwhile, for about so long. */
export async function disturb(world: TruthWorld, forMs: number, faultMsMost: number): Promise<void> {
  const endMs = performance.now() + forMs;
  // Draws of its own: how many there are is a matter of time, and the faults are to be the same for a seed.
  const comings = new RandomStream(world.options.seed, 'comings and goings', 0);
  const hops = setInterval(() => world.clients[comings.uniformInteger(world.clients.length)].reconnect(), 150);
  try {
    while (performance.now() < endMs) {
      const fault = faults[world.between(0, faults.length - 1)];
      // Short ones are as dangerous as long ones, so each size is as likely: 0.3 s to the most.
      const durationMs = Math.round(300 * (faultMsMost / 300) ** world.random.nextUnit());
      world.tell(`${fault.name}, ${durationMs} ms`);
      // One after the other may meet a stream that is not made again yet.
      await fault.run(world, durationMs).catch((error: unknown) => world.tell(`  not possible now: ${String(error)}`));
      await wait(world.between(500, 3_000));
    }
  } finally {
    clearInterval(hops);
  }
}
