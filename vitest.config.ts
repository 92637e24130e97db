import { defineConfig } from 'vitest/config';

const common = { testTimeout: 20_000, hookTimeout: 20_000 };

export default defineConfig({
  test: {
    reporters: process.env['CI'] === 'true' ? ['default', ['json', { outputFile: 'out/tests.json' }]] : ['default'],
    projects: [
      {
        test: {
          ...common,
          name: 'pure',
          include: ['core/**/*.test.ts', 'sim/**/*.test.ts'],
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
            'notebooks/**/*.test.ts',
            '.checks/**/*.test.ts',
          ],
        },
      },
    ],
  },
});
