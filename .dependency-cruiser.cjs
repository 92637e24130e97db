/**
 * The only arrows: core <- sim, core <- server, all three <- experiments, core and sim <- notebooks; and the pure chart
 * functions of notebooks/charts <- experiments.
 */
const folders = ['core', 'sim', 'server', 'experiments', 'notebooks'];
const allowed = { core: [], sim: ['core'], server: ['core'], experiments: ['core', 'sim', 'server'], notebooks: ['core', 'sim'] };
const test = '\\.test\\.ts$';

module.exports = {
  forbidden: [
    ...folders.map((folder) => ({
      name: `${folder}-imports-only-what-it-may`,
      severity: 'error',
      from: { path: `^${folder}/`, pathNot: test },
      to: {
        path: `^(${folders.filter((other) => other !== folder && !allowed[folder].includes(other)).join('|')})/`,
        ...(folder === 'experiments' ? { pathNot: '^notebooks/charts/index\\.ts$' } : {}),
      },
    })),
    {
      name: 'outsiders-use-the-public-api',
      severity: 'error',
      comment: 'import #core or #sim',
      from: { pathNot: '^(core|sim)/' },
      to: { path: '^(core|sim)/', pathNot: '^(core/index|sim/index)\\.ts$' },
    },
    { name: 'sim-uses-the-public-api', severity: 'error', from: { path: '^sim/' }, to: { path: '^core/', pathNot: '^core/index\\.ts$' } },
    {
      name: 'charts-draw-and-nothing-else',
      severity: 'error',
      from: { path: '^notebooks/charts/', pathNot: test },
      to: { path: '^(sim|server|experiments|notebooks/(?!charts/))' },
    },
    { name: 'ws-in-one-file', severity: 'error', from: { pathNot: `^server/(clients/websocket\\.ts$|testing/)|${test}` }, to: { path: 'node_modules/ws/' } },
    { name: 'nats-in-one-folder', severity: 'error', from: { pathNot: `^(server/bus/jetstream/|experiments/sweep/point-queue\\.ts$)|${test}` }, to: { path: 'node_modules/nats/' } },
    { name: 'test-helpers-in-tests', severity: 'error', from: { pathNot: `^server/testing/|${test}` }, to: { path: '^server/testing/' } },
    { name: 'no-cycles', severity: 'error', from: { pathNot: test }, to: { circular: true } },
    { name: 'no-node-in-core-and-sim', severity: 'error', from: { path: '^(core|sim)/', pathNot: test }, to: { dependencyTypes: ['core'] } },
  ],
  options: { doNotFollow: { path: 'node_modules' }, exclude: { path: '^experiments/bench/(peers/(servers|node_modules)|kernels)/' }, tsPreCompilationDeps: true, enhancedResolveOptions: { conditionNames: ['import', 'require', 'node', 'default', 'types'] } },
};
