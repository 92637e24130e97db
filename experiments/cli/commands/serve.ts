import type { Command } from '../command.ts';

export const serve: Command = {
  name: 'serve',
  summary: 'run the real server with settings from the environment',
  usage: '[WS_...=value] serve [--env-file FILE]',
  example: 'serve --env-file .env.production',
  options: { 'env-file': { type: 'string' } },
  positionals: [],
  async run() {
    // The server reads its own arguments: take the command's name away.
    process.argv.splice(2, 1);
    await import('../../../server/main.ts');
    return new Promise<number>(() => {});
  },
};
