/**
 * Entry of one load client process, forked by `LoadDriver`: many WebSocket clients, told what to do over IPC.
 *
 * It lives no longer than its parent: when the IPC channel closes, for whatever reason, it exits.
 */
import { LatencyWindow } from './latency-window.ts';
import { LoadConnections } from './load-connections.ts';
import type { LoadCommand, LoadCounters, LoadReply, SerialisedLoadSample } from './load-protocol.ts';

let connections: LoadConnections | undefined;
const window = new LatencyWindow();
let rssBytes = 0;

process.on('disconnect', () => process.exit(0));
process.on('message', (command: LoadCommand) => {
  run(command).then(
    (sample) => reply({ kind: 'sample', id: command.id, sample }),
    (error: unknown) => reply({ kind: 'failed', id: command.id, message: describe(error) }),
  );
});

async function run(command: LoadCommand): Promise<SerialisedLoadSample> {
  if (command.kind === 'start') {
    if (connections !== undefined) throw new Error('start: the clients of this process have already been started');
    connections = new LoadConnections(command.config, window);
    await connections.start();
    return takeSample(connections);
  }
  if (connections === undefined) throw new Error(`${command.kind}: start comes first`);
  switch (command.kind) {
    case 'stall':
      connections.stall(command.share);
      break;
    case 'drop':
      connections.drop(command.share, command.drop);
      break;
    case 'resume':
      connections.resume();
      break;
    case 'close':
      await connections.close();
      break;
    case 'sample':
    case 'resetWindow':
      break;
    default:
      throw new Error(`unknown command ${JSON.stringify(command satisfies never)}`);
  }
  const sample = takeSample(connections);
  if (command.kind === 'resetWindow') window.reset();
  return sample;
}

function takeSample(source: LoadConnections): SerialisedLoadSample {
  const { user, system } = process.cpuUsage();
  const meter = source.meter;
  const counters: LoadCounters = {
    attempted: source.attempted,
    connected: source.connected,
    subscribed: source.subscribed,
    open: source.open,
    stalled: source.stalled,
    refusedByStatus: source.refusedByStatus,
    failedByCode: source.failedByCode,
    closedByCode: source.closedByCode,
    messages: meter.messages,
    payloadBytes: meter.payloadBytes,
    socketBytes: source.socketBytes,
    reads: source.reads,
    unreadableMessages: meter.unreadableMessages,
    duplicates: source.account.duplicates,
    regressions: source.account.regressions,
    missing: source.account.missing,
    judgedClients: source.account.judged,
    reconnected: source.reconnected,
    recovered: meter.recovered,
    unrecovered: meter.unrecovered,
    gapFrames: meter.gapFrames,
    gapMissed: meter.gapMissed,
    welcomeFrames: meter.welcomeFrames,
    subscribedFrames: meter.subscribedFrames,
    errorFrames: meter.errorFrames,
    pongFrames: meter.pongFrames,
    pingFrames: meter.pingFrames,
    closeFrames: meter.closeFrames,
    otherFrames: meter.otherFrames,
    cpuUserMicroseconds: user,
    cpuSystemMicroseconds: system,
    rssBytes: residentBytes(),
  };
  return { counters, latency: window.serialise(), clock: source.clockEstimate };
}

/** The last known one when no descriptor is left to read it with. */
function residentBytes(): number {
  try {
    rssBytes = process.memoryUsage.rss();
  } catch {}
  return rssBytes;
}

function reply(message: LoadReply): void {
  if (process.connected) process.send?.(message);
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
