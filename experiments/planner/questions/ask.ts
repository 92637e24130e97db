import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Question } from './questions.ts';

/** A question with its answer beside the hand calculation. */
export interface Asked {
  readonly question: Question;
  /** null where the command has no such figure. */
  readonly found: number | null;
  readonly byHand: number;
  readonly passed: boolean;
}

const main = new URL('../../cli/main.ts', import.meta.url).pathname;

/** Words of a command line, single quotes kept together. */
const wordsOf = (command: string): string[] =>
  [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);

export async function ask(question: Question): Promise<Asked> {
  const args = [main, ...wordsOf(question.command), '--json'];
  // What does not hold exits 1, and has its JSON all the same.
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1e9 }).catch(
    (error: { readonly stdout: string }) => error,
  );
  return judge(question, stdout === '' ? null : figureAt(JSON.parse(stdout), question.answer));
}

export function judge(question: Question, found: number | null): Asked {
  const byHand = question.byHand();
  const passed = found !== null && Math.abs(found - byHand) <= (Math.abs(byHand) * question.tolerancePercent) / 100;
  return { question, found, byHand, passed };
}

/** The number at a path such as `summary.resources[resource=cpu].demand`; null where there is none. */
export function figureAt(json: unknown, path: string): number | null {
  let value: unknown = json;
  for (const step of path.split('.')) {
    const [, name, key, wanted] = /^([^[]+)(?:\[([^=]+)=([^\]]+)\])?$/.exec(step) ?? [];
    value = (value as Record<string, unknown> | null | undefined)?.[name];
    if (key !== undefined) {
      value = (value as readonly Record<string, unknown>[] | undefined)?.find((one) => one[key] === wanted);
    }
  }
  return typeof value === 'number' ? value : null;
}
