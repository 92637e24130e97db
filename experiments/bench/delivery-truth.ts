import { parseArgs } from 'node:util';
import { disturb } from '../live/delivery-truth/faults.ts';
import { TruthWorld } from '../live/delivery-truth/truth-world.ts';

/**
 * Random faults by seed against a real server and a real nats-server, every client held to its account:
 *
 *     npx tsx experiments/bench/delivery-truth.ts --seed 1 --minutes 20 --clients 500 --instances 2
 *
 * Exit 1 when a message is missing that its client was not told of. The same seed draws the same faults.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '20' },
    clients: { type: 'string', default: '500' },
    instances: { type: 'string', default: '1' },
    rate: { type: 'string', default: '25' },
    'retention-seconds': { type: 'string', default: '10' },
    'fault-seconds': { type: 'string', default: '20' },
  },
});

const startedMs = performance.now();
const world = await TruthWorld.start({
  seed: Number(values.seed),
  clients: Number(values.clients),
  instances: Number(values.instances),
  ratePerSecond: Number(values.rate),
  retentionMs: Number(values['retention-seconds']) * 1_000,
  tell: (line) => {
    process.stdout.write(`${((performance.now() - startedMs) / 1_000).toFixed(1).padStart(7)} s  ${line}\n`);
  },
});
try {
  await disturb(world, Number(values.minutes) * 60_000, Number(values['fault-seconds']) * 1_000);
  const { missing, ...report } = await world.finish();
  process.stdout.write(
    `${JSON.stringify({ seed: Number(values.seed), ...report, missing: missing.length }, null, 2)}\n`,
  );
  for (const { client, channel, sequence, life } of missing.slice(0, 20)) {
    process.stdout.write(`client ${client} lacks ${channel} seq ${sequence} of stream ${life}, and was not told\n`);
  }
  if (missing.length > 0) process.stdout.write(world.logOf(0));
  process.exitCode = missing.length > 0 || report.died.length > 0 ? 1 : 0;
} finally {
  await world.stop();
}
