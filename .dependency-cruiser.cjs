/** The laws of docs/architecture.md §2. Imports point down only; houses and doors do not know each other. */
const rooms = [
  'operations',
  'access',
  'ssh-keys',
  'quotas',
  'catalog',
  'images',
  'disks',
  'virtual-machines',
  ['consoles', 'snapshots', 'exports', 'migrations', 'guests'],
  ['restores', 'clones', 'schedules'],
  ['nodes', 'metrics', 'audit-views', 'diagnosis'],
];
const floorsOf = (index) => rooms.slice(index + 1).flat();
const higherRooms = rooms.flatMap((floor, index) =>
  [floor].flat().map((room) => ({
    name: `room-${room}-looks-down-only`,
    comment: 'A room may ask a lower room, never a higher one or a sibling.',
    severity: 'error',
    from: { path: `^src/features/${room}/` },
    to: {
      path: `^src/features/(${[...floorsOf(index), ...[floor].flat().filter((sibling) => sibling !== room)].join('|') || '-'})/`,
    },
  })),
);

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-folder-cycles',
      severity: 'error',
      scope: 'folder',
      from: { path: '^src/(features|platform|sandbox)/[^/]+$' },
      to: { circular: true },
    },
    {
      name: 'kernel-is-the-ground',
      severity: 'error',
      from: { path: '^src/kernel/' },
      to: { path: '^src/(platform|features|main|sandbox)/' },
    },
    {
      name: 'kernel-is-pure',
      severity: 'error',
      from: { path: '^src/kernel/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm', 'core'] },
    },
    {
      name: 'platform-looks-down',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/(features|main|sandbox)/' },
    },
    {
      name: 'features-look-down',
      severity: 'error',
      from: { path: '^src/features/' },
      to: { path: '^src/(main|sandbox)/' },
    },
    {
      name: 'sandbox-is-its-own-house',
      severity: 'error',
      from: { path: '^src/sandbox/' },
      to: { path: '^src/(?!sandbox/|kubevirt-types/)' },
    },
    {
      name: 'only-main-enters-the-sandbox',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(sandbox|main)/' },
      to: { path: '^src/sandbox/' },
    },
    {
      name: 'rooms-speak-through-contracts',
      comment: 'Another room is known by its contract file (and main wires its module).',
      severity: 'error',
      from: { path: '^src/features/([^/]+)/' },
      to: {
        path: '^src/features/([^/]+)/',
        pathNot: ['^src/features/$1/', '\\.contract\\.ts$', '\\.module\\.ts$'],
      },
    },
    {
      name: 'doors-do-not-import-each-other',
      severity: 'error',
      from: { path: '^src/features/([^/]+)/(api|worker|observer)/' },
      to: { path: '^src/features/$1/(api|worker|observer)/', pathNot: '^src/features/$1/$2/' },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^src/features/[^/]+/domain/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^src/(platform|features/[^/]+/(api|worker|observer|commands|data))/' },
    },
    ...higherRooms,
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    // Specs stand beside what they test and may ask anybody; the laws are for what runs.
    exclude: { path: '\\.spec\\.ts$|^test/' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
