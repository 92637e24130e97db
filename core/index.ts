/** The public API of core: what the simulator, the server, experiments and notebooks may use. */
export * from './assert.ts';
export * from './effects.ts';
export * from './intake.ts';
export * from './ledger.ts';
export * from './outcomes.ts';
export * from './profile.ts';
export * from './protocol.ts';
export * from './run-report.ts';
export * from './scenario.ts';
export * from './send-buffer.ts';
export * from './shard.ts';
export * from './subscription-index.ts';
export * from './linear-scan.ts';
export * from './subscriptions.ts';
export * from './units.ts';
export * from './worker-pool.ts';
