import type { Json, Virtgate } from './virtgate.js';

/** One mutation, as GraphQL names it, with GraphQL's input; REST's way to it is derived from both. */
export type Mutation = keyof typeof REST;

type Input = Record<string, unknown>;

const path = ({ project }: Input): string => `/projects/${project}`;
const REST = {
  createDisk: (input: Input) => ['POST', `${path(input)}/disks`],
  createImage: (input: Input) => ['POST', `${path(input)}/images`],
  shareImage: (input: Input) => ['POST', `${path(input)}/images/${input.name}/share`, 'name'],
  createVirtualMachine: (input: Input) => ['POST', `${path(input)}/vms`],
  attachDisk: (input: Input) => [
    'POST',
    `${path(input)}/vms/${input.virtualMachine}/disks`,
    'virtualMachine',
  ],
  startVirtualMachine: (input: Input) => ['POST', `${path(input)}/vms/${input.name}/start`, 'name'],
  createSnapshot: (input: Input) => [
    'POST',
    `${path(input)}/vms/${input.virtualMachine}/snapshots`,
    'virtualMachine',
  ],
  restoreSnapshot: (input: Input) => [
    'POST',
    `${path(input)}/snapshots/${input.snapshot}/restore`,
    'snapshot',
  ],
  cloneVirtualMachine: (input: Input) => [
    'POST',
    `${path(input)}/vms/${input.virtualMachine}/clone`,
    'virtualMachine',
  ],
  createExport: (input: Input) => ['POST', `${path(input)}/exports`],
  deleteExport: (input: Input) => ['DELETE', `${path(input)}/exports/${input.name}`, 'name'],
} satisfies Record<string, (input: Input) => string[]>;

/** The same acts and questions over REST and over GraphQL, by one principal's token. */
export interface Doors {
  /** Follows the operation to its end; throws unless it has succeeded. Answers its result. */
  done(mutation: Mutation, input: Input): Promise<Json>;
  /** Fields that both doors name alike; `fields` is GraphQL's selection. */
  virtualMachine(project: string, name: string, fields: string): Promise<Json>;
  snapshot(project: string, name: string, fields: string): Promise<Json>;
  export(project: string, name: string, fields: string): Promise<Json>;
  /** Address of a serial console that is good for one connection. */
  console(project: string, virtualMachine: string): Promise<string>;
}

export class RestDoors implements Doors {
  readonly #headers: Record<string, string>;

  constructor(
    private readonly virtgate: Virtgate,
    token: string,
  ) {
    this.#headers = { authorization: `Bearer ${token}` };
  }

  async done(mutation: Mutation, input: Input): Promise<Json> {
    const [method = '', path = '', ...inPath] = REST[mutation](input);
    const body = Object.fromEntries(
      Object.entries(input).filter(([name]) => name !== 'project' && !inPath.includes(name)),
    );
    const operation = await this.#ask(method, path, 202, method === 'DELETE' ? undefined : body);
    return outcome(await this.virtgate.settled(operation));
  }

  virtualMachine(project: string, name: string): Promise<Json> {
    return this.#ask('GET', `/projects/${project}/vms/${name}`, 200);
  }

  snapshot(project: string, name: string): Promise<Json> {
    return this.#ask('GET', `/projects/${project}/snapshots/${name}`, 200);
  }

  export(project: string, name: string): Promise<Json> {
    return this.#ask('GET', `/projects/${project}/exports/${name}`, 200);
  }

  async console(project: string, virtualMachine: string): Promise<string> {
    const path = `/projects/${project}/vms/${virtualMachine}/console-sessions`;
    return (await this.#ask('POST', path, 201, { type: 'serial' })).websocketUrl;
  }

  async #ask(method: string, path: string, status: number, body?: Input): Promise<Json> {
    const answer = await this.virtgate.rest(method, path, body, this.#headers);
    if (answer.status !== status)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}

export class GraphqlDoors implements Doors {
  constructor(
    private readonly virtgate: Virtgate,
    private readonly token: string,
  ) {}

  async done(mutation: Mutation, input: Input): Promise<Json> {
    const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
    const answer = await this.virtgate.graphql(
      `mutation ($input: ${type}!) { ${mutation}(input: $input) { operation { id kind } } }`,
      { input },
      this.token,
    );
    const { operation } = answer[mutation];
    await this.virtgate.settled(operation);
    const settled = await this.virtgate.graphql(
      'query ($id: ID!) { operation(id: $id) { kind state error { code message } result } }',
      { id: operation.id },
      this.token,
    );
    return outcome(settled.operation);
  }

  virtualMachine(project: string, name: string, fields: string): Promise<Json> {
    return this.#find('virtualMachine', project, name, fields);
  }

  snapshot(project: string, name: string, fields: string): Promise<Json> {
    return this.#find('snapshot', project, name, fields);
  }

  export(project: string, name: string, fields: string): Promise<Json> {
    return this.#find('export', project, name, fields);
  }

  async console(project: string, virtualMachine: string): Promise<string> {
    const { createConsoleSession } = await this.virtgate.graphql(
      `mutation ($input: CreateConsoleSessionInput!) {
        createConsoleSession(input: $input) { consoleSession { websocketUrl } } }`,
      { input: { project, virtualMachine, type: 'serial' } },
      this.token,
    );
    return createConsoleSession.consoleSession.websocketUrl;
  }

  async #find(field: string, project: string, name: string, fields: string): Promise<Json> {
    const answer = await this.virtgate.graphql(
      `query ($project: String!, $name: String!) {
        project(name: $project) { found: ${field}(name: $name) { ${fields} } } }`,
      { project, name },
      this.token,
    );
    return answer.project.found;
  }
}

function outcome({ kind, state, error, result }: Json): Json {
  if (state !== 'SUCCEEDED') throw new Error(`${kind} is ${state}: ${JSON.stringify(error)}`);
  return result;
}
