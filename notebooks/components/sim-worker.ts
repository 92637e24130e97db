import { type Profile, resolveScenario, type Scenario } from '#core';
import { simulate, type SimulationProgress } from '#sim';

/** What a page asks of the simulator. */
export interface SimulationOrder {
  readonly scenario: Scenario;
  readonly profiles: readonly Profile[];
  readonly scale: number | 'auto';
}

export type SimulationNews =
  | { readonly kind: 'progress'; readonly progress: SimulationProgress }
  /** The report as text: the same bytes that Node prints. */
  | { readonly kind: 'report'; readonly text: string }
  | { readonly kind: 'failed'; readonly message: string };

const tell = (news: SimulationNews): void => postMessage(news);

/** The true simulator, apart from the page's own thread so that sliders stay quick. */
addEventListener('message', ({ data }: MessageEvent<SimulationOrder>) => {
  const resolution = resolveScenario(data.scenario, data.profiles);
  if (!resolution.ok) {
    tell({ kind: 'failed', message: resolution.issues.map(({ message }) => message).join('; ') });
    return;
  }
  const report = simulate(resolution.resolved, {
    scale: data.scale,
    onProgress: (progress) => tell({ kind: 'progress', progress }),
  });
  tell({ kind: 'report', text: JSON.stringify(report) });
});
