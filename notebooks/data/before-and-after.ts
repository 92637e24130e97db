import { beforeOptimisationValues, type Profile, type RunReport, type Scenario, scenarioSchema } from '#core';
import { simulate } from '#sim';
import { type RecordedRun, resolved } from './recorded.ts';

export interface Side {
  readonly label: string;
  readonly scenario: Scenario;
  readonly report: RunReport;
}

export interface BeforeData {
  readonly profiles: readonly Profile[];
  /** The baseline and the target as the document costs them, simulated. */
  readonly sides: readonly Side[];
  /** Recorded live runs whose send buffer or lookup is not the default one. */
  readonly live: readonly {
    readonly name: string;
    readonly slots: number;
    readonly lookup: string;
    readonly measured: RunReport;
    readonly predicted: RunReport;
  }[];
  /** The target, for the closed forms on the page. */
  readonly target: Scenario;
}

export function beforeData(
  before: Scenario,
  after: Scenario,
  profiles: readonly Profile[],
  recorded: readonly RecordedRun[],
): BeforeData {
  const side = (when: string, scenario: Scenario): Side => {
    const label = `${scenario.workload.connections} ${when}`;
    const asked = scenarioSchema.parse({
      ...scenario,
      workload: { ...scenario.workload, durationSeconds: 20, warmUpSeconds: 5 },
    });
    return { label, scenario: asked, report: simulate(resolved(asked, profiles), { scale: 'auto' }) };
  };
  const oldSettings = {
    WS_SEND_BUFFER_SLOTS: String(beforeOptimisationValues['WS_SEND_BUFFER_SLOTS']),
    WS_SUBSCRIPTION_LOOKUP: String(beforeOptimisationValues['WS_SUBSCRIPTION_LOOKUP']),
  };
  const usual = { WS_SEND_BUFFER_SLOTS: '', WS_SUBSCRIPTION_LOOKUP: '' };
  return {
    profiles,
    target: after,
    sides: [
      side('before', before),
      side('after', { ...before, settings: { ...before.settings, ...usual } }),
      side('before', { ...after, settings: { ...after.settings, ...oldSettings } }),
      side('after', after),
    ],
    live: recorded
      .filter(({ scenario: { settings } }) => {
        const defaults = resolved(scenarioSchema.parse({}), profiles).settings;
        return (
          settings.sendBufferSlots !== defaults.sendBufferSlots ||
          settings.subscriptionLookup !== defaults.subscriptionLookup
        );
      })
      .map(({ scenario, reports }) => ({
        name: scenario.scenario.name,
        slots: scenario.settings.sendBufferSlots,
        lookup: scenario.settings.subscriptionLookup,
        measured: reports[0],
        predicted: simulate(scenario, { scale: 'auto' }),
      })),
  };
}
