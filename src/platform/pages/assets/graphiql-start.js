// Loaded before GraphiQL, to say where its workers are, and after it, to show it.
globalThis.graphiqlWorkers ??= {
  editorWorkerService: '/assets/graphiql-editor-worker.js',
  json: '/assets/graphiql-json-worker.js',
  graphql: '/assets/graphiql-graphql-worker.js',
};
if (globalThis.YogaGraphiQL) {
  globalThis.YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#graphiql'), {
    endpoint: '/graphql',
    title: 'virtgate',
    subscriptionsProtocol: 'WS',
    shouldPersistHeaders: false,
    headers: '{\n  "authorization": "Bearer "\n}',
    defaultQuery:
      '# Put your token into "Headers" below, then run this.\nquery Machines {\n  projects {\n    nodes {\n      name\n    }\n  }\n}\n',
  });
} else {
  globalThis.MonacoEnvironment = {
    globalAPI: false,
    getWorkerUrl: (_module, label) => globalThis.graphiqlWorkers[label],
  };
}
