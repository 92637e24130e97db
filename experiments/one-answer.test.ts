import { describe, expect, it } from 'vitest';
import { answerOf, closedForm, feasibleRate, feasibleRegion, limitCurves, machineOffers, shareOfUsable } from '#core';
import { limitsTitle, resourcesFigure } from '#charts';
import { simulate } from '#sim';
import { hiredMachines } from '../notebooks/components/machine-costs.ts';
import { heldText, runLead } from './charts/lead.ts';
import { capacityCard } from './format/capacity-card.ts';
import { shareText } from './format/resource-table.ts';
import { loadProfiles } from './profiles.ts';
import { loadScenario } from './scenario-file.ts';

const file = new URL('scenarios/e2-standard-2-12k-node.yaml', import.meta.url).pathname;
const { resolved } = loadScenario(file, ['workload.durationSeconds=12', 'workload.warmUpSeconds=4']);
const answer = answerOf(resolved);
const report = simulate(resolved, { scale: 'auto' });
const sixDigits = (value: number): number => Math.round(value * 1e6) / 1e6;

describe('12,000 clients x 25 messages/s on an e2-standard-2', () => {
  it('has one demand of each resource in the closed form and in a report', () => {
    expect(report.summary.resources.map(({ resource, demand }) => [resource, demand])).toEqual(
      closedForm(resolved).resources.map(({ resource, demand }) => [resource, sixDigits(demand)]),
    );
  });

  it('has one first limit in answer, report, card, page and chart', () => {
    const { first } = answer.limits;
    expect(report.summary.firstLimit).toBe(first.resource);
    expect(capacityCard(report)).toContain(`first limit   ${first.resource} at ${shareText(first)}`);
    expect(runLead(report, answer).join('\n')).toContain(`First limit: ${first.resource} at ${shareText(first)}`);
    const [bar] = (resourcesFigure(report).vegaLite as unknown as { data: { values: { percent: number }[] } }).data
      .values;
    expect(sixDigits(bar.percent)).toBeCloseTo(shareOfUsable(first) * 100, 3);
  });

  it('has one capacity in answer, page, chart and list of machines', () => {
    const { load } = answer.connections.byMachine;
    const curves = limitCurves(resolved, 'connections');
    expect(curves.first?.holds).toBe(load);
    expect(limitsTitle(curves)).toContain(load.toLocaleString('en-US'));
    expect(heldText(answer)).toContain(`holds ${load.toLocaleString('en-US')} (`);
    const region = feasibleRegion({ ...resolved, settings: { ...resolved.settings, connectionsMax: 1_000_000 } });
    expect(feasibleRate(region, resolved.scenario.workload.connections)).toBe(answer.ratePerSecond.byMachine.load);
    const hired = hiredMachines(resolved.scenario, loadProfiles()).find(({ machine }) => machine === 'e2-standard-2');
    expect([hired?.connectionsMax, hired?.connectionsBest]).toEqual([
      answer.connections.least,
      answer.connections.most,
    ]);
  });

  it('has one price, the list price', () => {
    const offer = machineOffers.find(({ machine }) => machine.name === 'e2-standard-2');
    expect(answer.computeUsdPerMonth).toBe((offer?.listUsdPerHour ?? 0) * 730);
    expect(report.summary.usdPerMonth).toBe(sixDigits(answer.computeUsdPerMonth ?? 0));
    expect(report.summary.cost?.egressUsdPerMonth).toBe(sixDigits(answer.egressUsdPerMonth));
    expect(capacityCard(report)).toContain('cost          $48.92 machine + ');
  });

  it('is held by more machines the lower its costs are taken', () => {
    const { least, byMachine, most } = answer.connections;
    expect(least).toBeLessThan(byMachine.load);
    expect(byMachine.load).toBeLessThan(most);
  });
});
