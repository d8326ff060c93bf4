/**
 * The directions of imports (ARCHITECTURE.md): consumers → index → client → call → parts → catalog → vocabulary.
 * Type imports count as imports.
 */
const vocabulary = '^src/(?!(index|client|compose|options|chat-options|provider-status)[.])[^/]+[.]ts$';
const catalog = '^src/catalog/|^config/[^/]+[.]json$';
const parts = '^src/(router|rate-limiter|credits|upstream|usage-monitor)/';
const stores = '^src/stores/';
const options = '^src/((chat-)?options[.]ts$|config/)';
const top = '^src/(index|client|compose|provider-status)[.]ts$';
const consumers = '^src/(gateway|dashboard|cli|evaluation|testing|otel|ai-sdk)/';

/** Everything of this project that is neither `allowed` nor excused is out of reach of `from`. */
const reach = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: typeof from === 'string' ? { path: from } : from,
  to: { path: '^(src|config|test|examples|bench|eval|scripts)/', pathNot: allowed },
});

/** A vendor's package is imported by the files that adapt it, and by no other. */
const vendor = (name, adapters, to = {}) => ({
  name: `vendor-${name}`,
  comment: `${name} is adapted in ${adapters}`,
  severity: 'error',
  from: { path: '^src/', pathNot: adapters },
  to: { path: `(^|node_modules/)${name}(/|$)`, ...to },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'The files of the vocabulary may name one another’s types; nothing else may be circular.',
      severity: 'error',
      from: { pathNot: vocabulary },
      to: { circular: true },
    },
    {
      name: 'no-vocabulary-cycle-at-runtime',
      severity: 'error',
      from: { path: vocabulary },
      to: { circular: true, via: { dependencyTypesNot: ['type-only'] } },
    },
    reach('vocabulary', vocabulary, vocabulary, 'The vocabulary imports only itself.'),
    reach(
      'catalog',
      '^src/catalog/',
      [catalog, vocabulary],
      'The catalog is pure: it knows the vocabulary only.',
    ),
    reach(
      'stores',
      stores,
      [stores, vocabulary, '^src/rate-limiter/(token-bucket|sliding-window)[.]ts$'],
      'Stores implement the ports; of the parts they use the pure calculations only.',
    ),
    reach('parts', parts, [parts, catalog, stores, vocabulary], 'A part knows nothing above it.'),
    {
      name: 'parts-apart',
      comment: 'Only call/ brings parts together.',
      severity: 'error',
      from: { path: '^src/(router|rate-limiter|credits|upstream|usage-monitor)/' },
      to: { path: parts, pathNot: '^src/$1/' },
    },
    reach(
      'options',
      options,
      [options, parts, catalog, stores, vocabulary],
      'Options name what they configure.',
    ),
    reach(
      'call',
      '^src/call/',
      ['^src/call/', options, parts, catalog, stores, vocabulary],
      'The call knows the parts, not who composes it.',
    ),
    {
      name: 'call-is-composed-once',
      comment: 'Only what composes uses call/.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/call/', top] },
      to: { path: '^src/call/' },
    },
    reach(
      'core',
      { path: '^src/', pathNot: consumers },
      '^(src|config)/',
      'The library knows no user of it.',
    ),
    {
      name: 'consumers-are-not-imported',
      severity: 'error',
      from: { path: '^src/', pathNot: consumers },
      to: { path: consumers },
    },
    {
      name: 'consumers-use-the-index',
      comment: 'Consumers in src use the library as any user does; a type may come from anywhere.',
      severity: 'error',
      from: { path: '^src/(gateway|dashboard|cli|evaluation|testing|otel|ai-sdk)/' },
      to: {
        path: '^src/',
        pathNot: ['^src/$1/', '^src/(testing/)?index[.]ts$', '^src/evaluation/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    reach(
      'evaluation',
      '^src/evaluation/',
      ['^src/evaluation/', '^src/index[.]ts$'],
      'Figures are functions of what was measured; the command line reads and prints.',
    ),
    reach(
      'examples',
      '^examples/',
      ['^examples/', '^src/(testing/)?index[.]ts$', '^config/'],
      'An example shows what a user can write.',
    ),
    {
      name: 'no-node-in-the-core',
      comment: 'What index.ts reaches uses web globals; what needs node: is loaded lazily or is a consumer.',
      severity: 'error',
      from: { path: '^src/', pathNot: consumers },
      to: { dependencyTypes: ['core'] },
    },
    // A type of openai's is part of the vocabulary; its code is not.
    vendor('openai', '^src/upstream/openai-client[.]ts$', { dependencyTypesNot: ['type-only'] }),
    vendor('openai', '^src/(types[.]ts$|upstream/)'),
    vendor('p-retry', '^src/upstream/retry[.]ts$'),
    vendor('eventemitter3', '^src/events[.]ts$'),
    vendor('eventsource-parser', '^src/upstream/event-stream[.]ts$'),
    vendor('commander', '^src/cli/command-line[.]ts$'),
    vendor('zod', '^src/(options[.]ts$|config/)'),
    vendor('@standard-schema/spec', '^src/types[.]ts$'),
    vendor('bottleneck', '^src/call/batch-slots[.]ts$'),
    {
      name: 'declared-dependencies',
      comment: 'The library imports only what is installed with it.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-optional', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['npm', 'npm-peer'],
      },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^routell' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage|temp)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
