import { nearestName } from '#core';
import { auditClaims } from '../../audit/audit.ts';
import { problemsOf } from '../../audit/check.ts';
import { type Claim, verdicts } from '../../audit/claim.ts';
import { sections } from '../../audit/claims/index.ts';
import { claimsInFindings, findings } from '../../audit/findings.ts';
import { auditPage } from '../../audit/html.ts';
import { Lab } from '../../audit/lab.ts';
import { auditTable, claimCard, findingsText } from '../../audit/text.ts';
import { InputError } from '../../input-error.ts';
import { provenance } from '../../provenance.ts';
import { writeOutput } from '../../write-output.ts';
import { type Command, jsonOption, tell } from '../command.ts';

const columnsLeast = 100;
const columnsMost = 160;

export const audit: Command = {
  name: 'audit',
  summary: 'every claim of the source document recomputed: what holds, what does not, and the right number',
  usage: `audit [--verdict ${verdicts.slice(0, 3).join(',')},...] [--section TEXT] [--id ID] [--findings] [--html FILE] [--json]`,
  example: 'audit --verdict inconsistent,rounding',
  options: {
    ...jsonOption,
    verdict: { type: 'string' },
    section: { type: 'string' },
    id: { type: 'string' },
    findings: { type: 'boolean' },
    html: { type: 'string' },
  },
  positionals: [],
  run({ values }) {
    const json = values['json'] === true;
    const lab = new Lab(tell);
    if (values['findings'] === true) return printFindings(lab, json);
    const rows = auditClaims(lab, wantedBy(values));
    if (rows.length === 0) tell('no claim passes all of these filters');
    const problems = problemsOf(rows);
    const columns = Math.min(columnsMost, Math.max(columnsLeast, process.stdout.columns ?? columnsLeast + 20));
    if (values['html'] !== undefined) {
      const file = String(values['html']);
      const all = claimsInFindings.every((id) => rows.some((row) => row.id === id));
      writeOutput(file, auditPage(rows, all ? findings(rows) : [], provenance('predicted')));
      tell(`written: ${file}`);
    }
    process.stdout.write(
      json
        ? jsonOf(rows)
        : values['id'] === undefined || rows.length === 0
          ? auditTable(rows, columns)
          : claimCard(rows[0], columns),
    );
    for (const problem of problems) tell(`WRONG: ${problem}`);
    return problems.length === 0 ? 0 : 1;
  },
};

const jsonOf = (value: readonly unknown[]): string => `${JSON.stringify(value, null, 2)}\n`;

function printFindings(lab: Lab, json: boolean): number {
  const found = findings(auditClaims(lab, ({ id }) => claimsInFindings.includes(id)));
  process.stdout.write(json ? jsonOf(found) : findingsText(found, columnsLeast));
  return 0;
}

/** What the filters let through. @throws InputError with what is accepted */
function wantedBy(values: Readonly<Record<string, unknown>>): ((claim: Claim, section: string) => boolean) | undefined {
  const asked = values['verdict'] === undefined ? null : String(values['verdict']).split(',');
  const section = values['section'] === undefined ? null : String(values['section']).toLowerCase();
  const id = values['id'] === undefined ? null : String(values['id']);
  const unknown = asked?.find((verdict) => !(verdicts as readonly string[]).includes(verdict));
  if (unknown !== undefined) {
    throw refused('--verdict', unknown, verdicts.join(', '), 'there is no such verdict; several are given by comma');
  }
  const titles = [...new Set(sections.map(({ title }) => title))];
  if (section !== null && !titles.some((title) => title.toLowerCase().includes(section))) {
    throw refused('--section', String(values['section']), titles.join('; '), 'no section has that in its title');
  }
  const ids = sections.flatMap(({ claims }) => claims.map((claim) => claim.id));
  if (id !== null && !ids.includes(id)) {
    const nearest = nearestName(id, ids);
    throw refused(
      '--id',
      id,
      `an id as in audit --json, such as ${nearest}`,
      `there is no such claim; did you mean ${nearest}?`,
    );
  }
  return (claim, title) =>
    (asked === null || asked.includes(claim.verdict)) &&
    (section === null || title.toLowerCase().includes(section)) &&
    (id === null || claim.id === id);
}

const refused = (path: string, given: string, accepted: string, message: string): InputError =>
  new InputError('audit', [{ path, given, accepted, message }]);
