import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import type { Untyped } from '../../store/kube-object.js';
import { createObjectStore, type SqliteObjectStore } from '../../store/sqlite-object-store.js';
import { type ApiServer, type ApiServerOptions, createApiServer } from '../api-server.js';
import { ADMIN_USER } from '../static-users.js';

export interface Answer {
  code: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  body: Untyped;
}

interface Asked {
  token?: string | null;
  body?: unknown;
  type?: string;
  headers?: Record<string, string | string[]>;
}

/** A real API server on loopback with a data directory of its own, for specs. */
export class RunningServer {
  private constructor(
    readonly directory: string,
    readonly store: SqliteObjectStore,
    readonly server: ApiServer,
    private readonly agent: Agent,
  ) {}

  static async start(
    options: Partial<Pick<ApiServerOptions, 'admission' | 'subresources'>> = {},
    directory?: string,
  ): Promise<RunningServer> {
    const home = directory ?? (await mkdtemp(join(tmpdir(), 'sandbox-wire-')));
    const store = createObjectStore({ directory: join(home, 'sandbox') });
    const server = createApiServer({ store, dataDirectory: home, port: 0, ...options });
    await server.listen();
    const { authority } = JSON.parse(
      readFileSync(join(home, 'sandbox', 'serving-certificate.json'), 'utf8'),
    ) as { authority: string };
    return new RunningServer(home, store, server, new Agent({ connect: { ca: authority }, allowH2: false }));
  }

  get kubeconfig(): string {
    return this.server.kubeconfigPath;
  }

  tokenOf(user: string, groups: string[] = []): string {
    return this.server.addUser(user, groups);
  }

  /** As the administrator unless another token, or null for none, is given. */
  async call(method: string, path: string, asked: Asked = {}): Promise<Answer> {
    const token = asked.token === undefined ? this.tokenOf(ADMIN_USER) : asked.token;
    const text = typeof asked.body === 'string' ? asked.body : JSON.stringify(asked.body);
    const response = await request(`${this.server.url}${path}`, {
      method: method as 'GET',
      dispatcher: this.agent,
      headers: oneByOne({
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(asked.body === undefined ? {} : { 'content-type': asked.type ?? 'application/json' }),
        ...asked.headers,
      }),
      body: asked.body === undefined ? null : text,
    });
    const told = await response.body.text();
    return { code: response.statusCode, headers: response.headers, text: told, body: parse(told) };
  }

  /** Events of a watch until `enough` says so; then the watch is ended. */
  async watch(
    path: string,
    enough: (events: Untyped[]) => boolean,
    headers?: Asked['headers'],
  ): Promise<Untyped[]> {
    const response = await request(`${this.server.url}${path}`, {
      dispatcher: this.agent,
      headers: { authorization: `Bearer ${this.tokenOf(ADMIN_USER)}`, ...headers },
    });
    const events: Untyped[] = [];
    let rest = '';
    try {
      for await (const chunk of response.body) {
        rest += chunk.toString();
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) events.push(JSON.parse(line));
        if (enough(events)) break;
      }
    } finally {
      response.body.destroy();
    }
    return events;
  }

  async stop(): Promise<void> {
    await this.agent.destroy();
    await this.server.close();
    this.store.close();
  }

  async stopAndRemove(): Promise<void> {
    await this.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Names and values in turn: repeated headers are meant, which undici joins in an object (and over HTTP/2). */
const oneByOne = (headers: Record<string, string | string[]>): string[] =>
  Object.entries(headers).flatMap(([name, values]) => [values].flat().flatMap((value) => [name, value]));

function parse(text: string): Untyped {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A small valid VirtualMachine. */
export const virtualMachine = (name: string, more: Untyped = {}): Untyped => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name, labels: { app: 'cap' }, ...more.metadata },
  spec: {
    runStrategy: 'Halted',
    template: { spec: { domain: { devices: {}, resources: { requests: { memory: '64M' } } } } },
    ...more.spec,
  },
});
