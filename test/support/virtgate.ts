import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

// biome-ignore lint/suspicious/noExplicitAny: answers of the API are looked into by the tests.
export type Json = any;

export interface Answer {
  status: number;
  headers: Headers;
  body: Json;
}

const root = resolve(import.meta.dirname, '../..');
/** Ten seconds where nothing else runs, two minutes where twenty others do. */
const START_MS = 170_000;

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

export interface VirtgateOptions {
  env?: Record<string, string>;
  /** A directory to go on with; made, and removed at the end, where it is absent. */
  dataDirectory?: string;
}

/** The whole product as a user runs it: `virtgate up` as a child process, spoken to from outside only. */
export class Virtgate {
  readonly token: string;
  private readonly clients: Client[] = [];

  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
    readonly dataDirectory: string,
    private readonly ownsDirectory: boolean,
    readonly output: string[],
  ) {
    this.token = readFileSync(join(dataDirectory, 'admin-token'), 'utf8').trim();
  }

  static async start(options: VirtgateOptions = {}): Promise<Virtgate> {
    const dataDirectory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), 'virtgate-e2e-'));
    const port = await freePort();
    const { KUBECONFIG, DATABASE_URL, REDIS_URL, ...environment } = process.env;
    const child = spawn(join(root, 'node_modules/.bin/node'), [join(root, 'dist/main/virtgate.js'), 'up'], {
      cwd: root,
      env: {
        ...environment,
        // Dozens of products start one after another, each of several processes of the same code.
        NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/virtgate/compiled'),
        PORT: String(port),
        VIRTGATE_DATA: dataDirectory,
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    await new Promise<void>((ready, fail) => {
      const timer = setTimeout(() => {
        // It would go on without anybody to end it.
        child.kill('SIGINT');
        fail(new Error(`not ready in ${START_MS / 1000} s:\n${output.join('').slice(-8000)}`));
      }, START_MS);
      const read = (chunk: Buffer) => {
        output.push(chunk.toString());
        if (process.env.VIRTGATE_E2E_LOG) appendFileSync(process.env.VIRTGATE_E2E_LOG, chunk);
        if (chunk.toString().includes('virtgate is ready')) {
          clearTimeout(timer);
          ready();
        }
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', (code) => {
        clearTimeout(timer);
        fail(new Error(`virtgate up ended with ${code}:\n${output.join('').slice(-8000)}`));
      });
    });
    return new Virtgate(child, `http://127.0.0.1:${port}`, dataDirectory, !options.dataDirectory, output);
  }

  /** Ends it as Ctrl-C does. */
  async stop({ keepData = false } = {}): Promise<void> {
    for (const client of this.clients) await client.dispose();
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const gone = new Promise((done) => this.process.once('exit', done));
      this.process.kill('SIGINT');
      const kill = setTimeout(() => this.process.kill('SIGKILL'), 30_000);
      await gone;
      clearTimeout(kill);
    }
    if (this.ownsDirectory && !keepData) rmSync(this.dataDirectory, { recursive: true, force: true });
  }

  pid(role: 'gateway' | 'worker' | 'sandbox' | 'postgres'): number {
    return Number(readFileSync(join(this.dataDirectory, 'run', `${role}.pid`), 'utf8'));
  }

  /** kill -9, and the supervisor's restart awaited: another process id, and `/readyz` green. */
  async killAndAwaitRestart(role: 'gateway' | 'worker' | 'sandbox'): Promise<void> {
    const before = this.pid(role);
    process.kill(before, 'SIGKILL');
    await until(`${role} restarted`, async () => {
      const file = join(this.dataDirectory, 'run', `${role}.pid`);
      return existsSync(file) && this.pid(role) !== before && this.pid(role) > 0;
    });
    await this.ready();
  }

  async ready(timeoutMs = 60_000): Promise<void> {
    await until(
      '/readyz is green',
      async () => (await fetch(`${this.url}/readyz`).catch(() => null))?.status === 200,
      timeoutMs,
    );
  }

  async rest(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(
      path.startsWith('/api') || path.startsWith('/graphql') ? this.url + path : `${this.url}/api/v1${path}`,
      {
        method,
        headers: {
          authorization: `Bearer ${this.token}`,
          ...(body === undefined
            ? {}
            : { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }),
          ...headers,
        },
        body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
      },
    );
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text ? JSON.parse(text) : text,
    };
  }

  /** Data of a GraphQL answer; errors fail the test. */
  async graphql(query: string, variables: Record<string, unknown> = {}, token = this.token): Promise<Json> {
    const { body } = await this.graphqlAnswer(query, variables, token);
    if (body.errors) throw new Error(`GraphQL errors: ${JSON.stringify(body.errors)}`);
    return body.data;
  }

  async graphqlAnswer(
    query: string,
    variables: Record<string, unknown> = {},
    token = this.token,
  ): Promise<Answer> {
    return this.rest('POST', '/graphql', { query, variables }, { authorization: `Bearer ${token}` });
  }

  /** Everything a subscription tells, in order, in an array that grows. */
  subscribe(query: string, variables: Record<string, unknown> = {}, token = this.token): Json[] {
    const client = createClient({
      url: `${this.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${token}` },
      retryAttempts: 0,
    });
    this.clients.push(client);
    const told: Json[] = [];
    client.subscribe(
      { query, variables },
      {
        next: (result) => void told.push(result.errors ? { errors: result.errors } : result.data),
        error: (error) =>
          void told.push({ error: String(error instanceof Error ? error.message : JSON.stringify(error)) }),
        complete: () => void told.push('complete'),
      },
    );
    return told;
  }

  /** A token of a new project's own service account: sees that project and nothing else. */
  async strangerToken(project = 'strangers'): Promise<string> {
    const tenant = `tenant-of-${project}`;
    await this.created('POST', '/tenants', { name: tenant });
    await this.created('POST', `/tenants/${tenant}/projects`, { name: project });
    await this.created('POST', `/tenants/${tenant}/service-accounts`, {
      name: 'robot',
      bindings: [{ role: 'admin', project }],
    });
    const answer = await this.created('POST', `/tenants/${tenant}/service-accounts/robot/tokens`, {
      name: 'ci',
      expiresIn: '1h',
    });
    return answer.body.token;
  }

  private async created(method: string, path: string, body: unknown): Promise<Answer> {
    const answer = await this.rest(method, path, body);
    if (answer.status !== 201)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  }

  /** Follows an operation until it is settled. */
  async settled(operation: Json, timeoutMs = 120_000): Promise<Json> {
    let last: Json = operation;
    await until(
      `operation ${operation.id} (${operation.kind}) settles`,
      async () => {
        const answer = await this.rest('GET', `/operations/${operation.id}`).catch(() => null);
        if (answer?.status === 200) last = answer.body;
        return ['SUCCEEDED', 'FAILED', 'CANCELLED'].includes(last.state);
      },
      timeoutMs,
      () => JSON.stringify(last),
    );
    return last;
  }

  get kubeconfig(): string {
    return join(this.dataDirectory, 'sandbox', 'kubeconfig');
  }
}

export async function until(
  what: string,
  holds: () => Promise<unknown> | unknown,
  timeoutMs = 60_000,
  detail: () => string = () => '',
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what} ${detail()}`);
    await sleep(100);
  }
}
