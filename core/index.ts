/** The public API of core: what the simulator, the server, experiments and notebooks may use. */

export * from './base/apportion.ts';
export * from './base/assert.ts';
export * from './base/duration.ts';
export * from './base/exact-math.ts';
export * from './base/nearest-names.ts';
export * from './base/outcomes.ts';
export * from './base/redact.ts';
export * from './base/quantity.ts';
export * from './base/units.ts';
export * from './base/wire.ts';

export * from './broadcast/effects.ts';
export * from './broadcast/history.ts';
export * from './broadcast/intake.ts';
export * from './broadcast/ledger.ts';
export * from './broadcast/linear-scan.ts';
export * from './broadcast/protocol.ts';
export * from './broadcast/rate-limiter.ts';
export * from './broadcast/sequence-account.ts';
export * from './broadcast/shard.ts';
export * from './broadcast/stream-model.ts';
export * from './broadcast/subscription-index.ts';
export * from './broadcast/subscriptions.ts';

export * from './overload/admission.ts';
export * from './overload/governor.ts';
export * from './overload/health.ts';
export * from './overload/keep-alive.ts';

export * from './experiment/channel-popularity.ts';
export * from './experiment/field-units.ts';
export * from './experiment/machines.ts';
export * from './experiment/prices.ts';
export * from './experiment/profile.ts';
export * from './experiment/profiles/go-documented.ts';
export * from './experiment/profiles/go-measured.ts';
export * from './experiment/rate-curve.ts';
export * from './experiment/resolve-scenario.ts';
export * from './experiment/run-report.ts';
export * from './experiment/scenario.ts';
export * from './experiment/settings-table.ts';
export * from './experiment/settings.ts';
export * from './experiment/transfer.ts';
export * from './experiment/workload-shape.ts';

export * from './closed-form/answer.ts';
export * from './closed-form/closed-form.ts';
export * from './closed-form/cpu-cost.ts';
export * from './closed-form/document-formulas.ts';
export * from './closed-form/first-limit.ts';
export * from './closed-form/limit-curves.ts';
export * from './closed-form/memory-cost.ts';

export * from './report/accuracy.ts';
export * from './report/compare.ts';
export * from './report/latency-histogram.ts';
export * from './report/recorder.ts';
export * from './report/regimes.ts';
export * from './report/summary-figures.ts';
export * from './report/verdict.ts';
