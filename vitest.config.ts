import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const common = { testTimeout: 20_000, hookTimeout: 20_000 };

export default defineConfig({
  test: {
    // Many tests wait for sockets and child processes: two at a time, even on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: process.env['CI'] === 'true' ? ['default', ['json', { outputFile: 'out/tests.json' }]] : ['default'],
    projects: [
      {
        test: {
          ...common,
          name: 'pure',
          include: ['core/**/*.test.ts', 'sim/**/*.test.ts', 'notebooks/charts/**/*.test.ts'],
          setupFiles: ['.checks/no-clock-no-dice.ts'],
        },
      },
      {
        test: {
          ...common,
          name: 'node',
          include: [
            'server/**/*.test.ts',
            'experiments/**/*.test.ts',
            'notebooks/*.test.ts',
            'notebooks/{components,data}/**/*.test.ts',
            '.checks/**/*.test.ts',
          ],
        },
      },
    ],
  },
});
