import { connect } from 'node:net';
import { LatencyHistogram, nanosecondsPerMillisecond } from '../../../core/index.ts';
import { ClientHandshake, maskedFrame } from '../../live/client-handshake.ts';
import { FrameReader, Opcode } from '../../live/frame-reader.ts';
import { dialectOf } from './dialects.ts';

/** The load client process of the peers' benchmark: counts deliveries, samples latency, costs little. */
export interface ClientOrder {
  readonly server: string;
  readonly port: number;
  readonly connections: number;
  readonly messageBytes: number;
}
export interface ClientCount {
  readonly open: number;
  readonly messages: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicroseconds: number;
}

const dialPerTick = 40;
const tickMs = 20;
/** Latency is read from one frame in so many; all are counted. */
const sampleEvery = 16;

const latency = new LatencyHistogram();
let open = 0;
let messages = 0;
let frames = 0;

function start(order: ClientOrder): void {
  const dialect = dialectOf(order.server, order.messageBytes);
  const handshake = new ClientHandshake('127.0.0.1', order.port, dialect.path);
  const buffer = Buffer.allocUnsafeSlow(262_144);
  const sockets: ReturnType<typeof connect>[] = [];
  const upgraded = new Uint8Array(order.connections);
  const reader = new FrameReader(order.connections, {
    frame(client, opcode, bytes, at, prefixBytes, payloadBytes) {
      if (opcode === Opcode.ping) {
        sockets[client].write(maskedFrame(Opcode.pong, bytes.subarray(at, at + prefixBytes)));
        return;
      }
      const view = Buffer.from(bytes.buffer, bytes.byteOffset + at, prefixBytes);
      frames += 1;
      const sampled = frames % sampleEvery === 0;
      const prefix = view.toString('latin1', 0, sampled ? prefixBytes : Math.min(prefixBytes, 40));
      const count = dialect.messagesIn(prefix, payloadBytes);
      messages += count;
      if (count > 0) {
        if (sampled) recordLatency(prefix);
        return;
      }
      const answer = dialect.answer(prefix);
      if (answer !== null) sockets[client].write(maskedFrame(Opcode.text, Buffer.from(answer)));
    },
  });
  const dial = (client: number): void => {
    const socket = connect({
      host: '127.0.0.1',
      port: order.port,
      onread: {
        buffer,
        callback: (bytes: number): boolean => {
          let from = 0;
          if (upgraded[client] === 0) {
            const answer = handshake.readAnswer(buffer.subarray(0, bytes));
            if (answer.kind !== 'upgraded') return true;
            upgraded[client] = 1;
            open += 1;
            from = answer.frameAt;
            for (const text of dialect.greetings) socket.write(maskedFrame(Opcode.text, Buffer.from(text)));
          }
          if (!reader.read(client, buffer, from, bytes)) socket.destroy();
          return true;
        },
      },
    });
    sockets[client] = socket;
    socket.on('connect', () => socket.write(handshake.request));
    socket.on('error', () => {});
  };
  let dialled = 0;
  const timer = setInterval(() => {
    for (let count = 0; count < dialPerTick && dialled < order.connections; count += 1, dialled += 1) dial(dialled);
    if (dialled === order.connections) clearInterval(timer);
  }, tickMs);
}

function recordLatency(prefix: string): void {
  const escaped = /publishedAtMs\\?":([\d.]+)/.exec(prefix)?.[1];
  if (escaped === undefined) return;
  const latencyMs = performance.timeOrigin + performance.now() - Number(escaped);
  latency.record(Math.max(0, Math.round(latencyMs * nanosecondsPerMillisecond)));
}

process.on('disconnect', () => process.exit(0));
process.on('message', (order: ClientOrder | 'count') => {
  if (order !== 'count') return start(order);
  const cpu = process.cpuUsage();
  const count: ClientCount = {
    open,
    messages,
    p50Ms: latency.percentile(50),
    p99Ms: latency.percentile(99),
    cpuMicroseconds: cpu.user + cpu.system,
  };
  latency.reset();
  process.send?.(count);
});
