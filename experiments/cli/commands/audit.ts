import { nearestName } from '#core';
import { auditClaims } from '../../audit/audit.ts';
import { problemsOf } from '../../audit/check.ts';
import { type Claim, verdicts } from '../../audit/claim.ts';
import { sections } from '../../audit/claims/index.ts';
import { claimsInFindings, findings } from '../../audit/findings.ts';
import { auditPage } from '../../audit/html.ts';
import { Lab } from '../../audit/lab.ts';
import { auditTable, claimCard, findingsText } from '../../audit/text.ts';
import { provenance } from '../../provenance.ts';
import { tryOutput, writeOutput } from '../../write-output.ts';
import { tell } from '../command.ts';
import { jsonFlag } from '../options/common.ts';
import { defineCommand, type Invocation } from '../options/define-command.ts';
import { custom, file, flag, text } from '../options/option.ts';

const columnsLeast = 100;
const columnsMost = 160;

const options = {
  verdict: custom(
    {
      group: 'Filter',
      help: `Claims with these verdicts, comma-separated: ${verdicts.join(', ')}`,
      placeholder: 'VERDICTS',
      accepted: `${verdicts.join(', ')}; several are comma-separated`,
    },
    (given) => {
      const asked = given.split(',').map((one) => one.trim());
      return asked.every((one) => (verdicts as readonly string[]).includes(one)) ? asked : undefined;
    },
  ),
  section: text({
    group: 'Filter',
    help: 'Sections of the document with this in their title',
    accepted: 'a part of the title of a section',
  }),
  id: text({ group: 'Filter', help: 'One claim, explained', placeholder: 'ID', accepted: 'an id as in audit --json' }),
  findings: flag({ group: 'Output', help: 'The ten findings instead of the claims' }),
  html: file({ group: 'Output', help: 'Write a page, readable offline', placeholder: 'FILE.html' }),
  ...jsonFlag('Output'),
} as const;

export const audit = defineCommand({
  name: 'audit',
  summary: 'every claim of the source document recomputed: what holds, what does not, and the right number',
  example: 'audit --verdict inconsistent,rounding',
  options,
  run({ options: given, refuse, only }) {
    const { json, html } = given;
    const lab = new Lab(tell);
    if (given.findings) {
      only('with --findings', ['findings', 'json']);
      return printFindings(lab, json);
    }
    const filter = wantedBy(given, refuse);
    if (html !== null) tryOutput('audit', '--html', html);
    const rows = auditClaims(lab, filter);
    if (rows.length === 0) tell('no claim passes all of these filters');
    const problems = problemsOf(rows);
    const columns = Math.min(columnsMost, Math.max(columnsLeast, process.stdout.columns ?? columnsLeast + 20));
    if (html !== null) {
      const all = claimsInFindings.every((id) => rows.some((row) => row.id === id));
      writeOutput(html, auditPage(rows, all ? findings(rows) : [], provenance('predicted')));
      tell(`wrote ${html}`);
    }
    process.stdout.write(
      json
        ? jsonOf(rows)
        : given.id === null || rows.length === 0
          ? auditTable(rows, columns)
          : claimCard(rows[0], columns),
    );
    for (const problem of problems) tell(`WRONG: ${problem}`);
    return problems.length === 0 ? 0 : 1;
  },
});

const jsonOf = (value: readonly unknown[]): string => `${JSON.stringify(value, null, 2)}\n`;

function printFindings(lab: Lab, json: boolean): number {
  const found = findings(auditClaims(lab, ({ id }) => claimsInFindings.includes(id)));
  process.stdout.write(json ? jsonOf(found) : findingsText(found, columnsLeast));
  return 0;
}

/** What the filters let through. @throws InputError with what is accepted */
function wantedBy(
  { verdict: asked, section: title, id }: Invocation<typeof options>['options'],
  refuse: Invocation<typeof options>['refuse'],
): (claim: Claim, section: string) => boolean {
  const section = title?.toLowerCase() ?? null;
  const titles = [...new Set(sections.map((one) => one.title))];
  if (section !== null && !titles.some((one) => one.toLowerCase().includes(section))) {
    throw refuse('section', 'no section has that in its title', titles.join('; '));
  }
  const ids = sections.flatMap(({ claims }) => claims.map((claim) => claim.id));
  if (id !== null && !ids.includes(id)) {
    const nearest = nearestName(id, ids);
    throw refuse(
      'id',
      `there is no such claim; did you mean ${nearest}?`,
      `an id as in audit --json, such as ${nearest}`,
    );
  }
  return (claim, of) =>
    (asked === null || asked.includes(claim.verdict)) &&
    (section === null || of.toLowerCase().includes(section)) &&
    (id === null || claim.id === id);
}
