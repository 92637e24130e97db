import { execFileSync } from 'node:child_process';

/** Runs dependency-cruiser and does not believe it when it saw nothing (it says "0 modules" where it cannot read types). */
const folders = ['core', 'sim', 'server', 'experiments', 'notebooks'];
const fewestModules = 60;

let output;
try {
  output = execFileSync('node_modules/.bin/depcruise', [...folders, '--config', '.dependency-cruiser.cjs', '--output-type', 'json'], { encoding: 'utf8', maxBuffer: 1e8 });
} catch (error) {
  output = error.stdout;
}
const { summary } = JSON.parse(output);
for (const { rule, from, to } of summary.violations) console.error(`${rule.severity} ${rule.name}: ${from} -> ${to}`);
console.log(`${summary.totalCruised} modules, ${summary.totalDependenciesCruised} imports, ${summary.violations.length} violations`);
if (summary.totalCruised < fewestModules) console.error(`only ${summary.totalCruised} modules were read: the check itself is broken`);
process.exitCode = summary.violations.length > 0 || summary.totalCruised < fewestModules ? 1 : 0;
