import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { plantedFaults } from './planted-faults.ts';

/**
 * Plants each fault of the list in a copy of the tree and runs the test file that must fail: `npm run mutants`, or
 * `npm run mutants -- WORD` for those whose file or description has the word. Exit code 1 when one survives.
 */
const word = process.argv[2] ?? '';
const chosen = plantedFaults.filter(({ file, what }) => `${file} ${what}`.includes(word));
const root = new URL('../', import.meta.url).pathname;
const copy = mkdtempSync(join(tmpdir(), 'mutants-'));
const runsTest = (testFile: string): boolean =>
  spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--project', 'pure', testFile], {
    cwd: copy,
    stdio: 'ignore',
    timeout: 120_000,
  }).status === 0;

try {
  const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const file of tracked.toString().split('\0').filter(isNeeded)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const testFile of new Set(chosen.map(({ foundBy }) => foundBy))) {
    if (!runsTest(testFile)) throw new Error(`${testFile} fails without any fault`);
  }
  let survived = 0;
  for (const { file, what, find, replace, foundBy } of chosen) {
    const text = readFileSync(join(copy, file), 'utf8');
    writeFileSync(
      join(copy, file),
      text.replace(find, () => replace),
    );
    const passes = runsTest(foundBy);
    writeFileSync(join(copy, file), text);
    if (passes) survived += 1;
    process.stdout.write(`${passes ? 'SURVIVED' : 'found   '}  ${file}: ${what}\n`);
  }
  process.stdout.write(`${chosen.length - survived} of ${chosen.length} planted faults found\n`);
  process.exitCode = survived > 0 ? 1 : 0;
} finally {
  rmSync(copy, { recursive: true });
}

function isNeeded(file: string): boolean {
  return /^(core|sim|\.checks|package\.json|vitest\.config\.ts|experiments\/profiles)|tsconfig.*\.json$/.test(file);
}
