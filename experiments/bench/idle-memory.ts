import { measureIdleMemory } from '../calibration/idle-memory.ts';

/**
 * Memory of an idle connection: resident memory of the server's process, and the kernel's slab.
 *
 *   npx tsx experiments/bench/idle-memory.ts [CONNECTIONS]
 */
const connections = Number(process.argv[2] ?? 12_000);
if (!Number.isInteger(connections) || connections < 1) {
  process.stderr.write(`idle-memory: CONNECTIONS: ${process.argv[2]} (accepted: a whole number from 1)\n`);
  process.exit(2);
}
const idle = await measureIdleMemory(connections);
const kibibytes = (bytes: number): string => `${(bytes / 1_024).toFixed(2)} KiB`;
const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
process.stdout.write(
  `${idle.connections} idle connections: server RSS ${kibibytes((idle.residentBytes - idle.residentBytesBefore) / idle.connections)} each (${mebibytes(idle.residentBytesBefore)} to ${mebibytes(idle.residentBytes)} MiB), kernel slab ${kibibytes(idle.kernelBytesPerConnection)} each\n`,
);
process.exit(0);
