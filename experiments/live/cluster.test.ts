import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { JetStreamPublisher } from '../../server/bus/jetstream/publisher.ts';
import { NatsProcess, natsIsInstalled } from '../../server/bus/nats-process.ts';
import { TestClient } from '../../server/testing/server-under-test.ts';
import { ServerProcess } from './server-process.ts';

/** A client as an application would write it: it comes back wherever a server is, and asks for what it missed. */
class ReturningClient {
  readonly sequences: number[] = [];
  unrecovered = 0;
  #ports: readonly number[];
  #epoch = '';
  #client: TestClient | null = null;
  #closing = false;
  #arrived: () => void = () => {};

  constructor(ports: readonly number[]) {
    this.#ports = ports;
  }

  /** Resolves once it is subscribed for the first time. */
  async start(): Promise<this> {
    await this.#connect(0);
    return this;
  }

  async #connect(attempt: number): Promise<void> {
    const client = new TestClient(this.#ports[attempt % this.#ports.length]);
    this.#client = client;
    const opened = await Promise.race([once(client.socket, 'open').then(() => true), client.ended.then(() => false)]);
    if (!opened) {
      await sleep(100);
      return this.#connect(attempt + 1);
    }
    const since = this.sequences.length > 0 ? { since: { a: Math.max(...this.sequences) }, epoch: this.#epoch } : {};
    client.socket.on('message', (data) => this.#take(JSON.parse(String(data))));
    client.send({ type: 'subscribe', channels: ['a'], ...since });
    await Promise.race([client.received('subscribed'), client.ended]);
    this.#epoch = String((await client.received('welcome'))[0].epoch);
    void client.ended.then(() => (this.#closing ? undefined : this.#connect(attempt + 1)));
  }

  #take(frame: { type: string; seq?: number; recovered?: Record<string, boolean> }): void {
    if (frame.type === 'subscribed' && frame.recovered?.['a'] === false) this.unrecovered += 1;
    if (frame.type !== 'message') return;
    this.sequences.push(Number(frame.seq));
    this.#arrived();
  }

  async receivedAll(sequences: readonly number[]): Promise<void> {
    while (!sequences.every((sequence) => this.sequences.includes(sequence))) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }

  close(): void {
    this.#closing = true;
    this.#client?.socket.terminate();
  }
}

describe.skipIf(!natsIsInstalled())('two instances on a cluster of three NATS nodes', () => {
  const nodes: NatsProcess[] = [];
  const servers: ServerProcess[] = [];
  const clients: ReturningClient[] = [];
  let publisher: JetStreamPublisher | null = null;

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await publisher?.close().catch(() => undefined);
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    await Promise.all(nodes.splice(0).map((node) => node.stop()));
  });

  it('lose no message when an instance is killed, and none when a node is killed', async () => {
    nodes.push(...(await NatsProcess.startCluster(3)));
    const url = nodes.map((node) => node.url).join(',');
    const settings = { NATS_URL: url, JS_REPLICAS: 3, WS_FLUSH_INTERVAL: '20ms' };
    for (const instance of ['a', 'b']) servers.push(await ServerProcess.start({ ...settings, WS_INSTANCE: instance }));
    const ports = servers.map(({ port }) => port);
    for (let index = 0; index < 20; index += 1) {
      const home = index % 2;
      clients.push(await new ReturningClient([ports[home], ports[1 - home]]).start());
    }
    publisher = await JetStreamPublisher.connect(url, 'odin.>');
    const sequences: number[] = [];
    const publish = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        const id = `m${sequences.length}`;
        for (;;) {
          const sequence = await publisher?.publish('a', '1', 1, id).catch(() => undefined);
          if (sequence !== undefined) {
            sequences.push(sequence);
            break;
          }
          // A cluster without a leader: it elects one within seconds.
          await sleep(200);
        }
        await sleep(10);
      }
    };
    const everybodyHasAll = (): Promise<void[]> => Promise.all(clients.map((client) => client.receivedAll(sequences)));
    await publish(50);
    await everybodyHasAll();

    const load = publish(100);
    process.kill(Number(servers[0].processId), 'SIGKILL');
    await load;
    await everybodyHasAll();

    await nodes[0].kill();
    await publish(50);
    await everybodyHasAll();
    expect(clients.map(({ unrecovered }) => unrecovered)).toEqual(clients.map(() => 0));
    expect(sequences).toEqual(Array.from({ length: 200 }, (_unused, index) => index + 1));
    const { stream } = await servers[1].sample();
    expect(stream.expiredUnacknowledged).toBe(0);
  }, 60_000);
});
