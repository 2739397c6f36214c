import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Caller } from '../../../src/main/doors/callers.js';
import { type Json, until, type Virtgate } from '../virtgate.js';
import type { Documents } from './documents.js';
import type { Cell, Heard } from './matrix.js';
import type { Tenancy } from './tenancy.js';

const NONSENSE = { nonsense: true };
/** A subscription that ended without a word: who is let through hears something. */
const NO_EVENT: Heard = { status: 200, code: 'no event', text: '' };

/** Asks the running product at every kind of door, as any caller. */
export class Firing {
  private readonly clients = new Map<Caller, Client>();

  constructor(
    private readonly virtgate: Virtgate,
    private readonly tenancy: Tenancy,
    private readonly documents: Documents,
  ) {}

  async close(): Promise<void> {
    for (const client of this.clients.values()) await client.dispose();
  }

  /** Changes are asked with a body that no handler takes, and as a dry run where there is none to take. */
  async rest({ door, caller }: Cell): Promise<Heard> {
    const [method = '', path = ''] = door.split(' ');
    const changes = !['GET', 'HEAD'].includes(method);
    const body = ['POST', 'PUT', 'PATCH'].includes(method) ? JSON.stringify(NONSENSE) : undefined;
    return heard(
      await fetch(`${this.virtgate.url}${this.#address(path)}${changes ? '?dryRun=true' : ''}`, {
        method,
        headers: {
          ...this.#credential(caller),
          ...(body ? { 'content-type': `application/${method === 'PATCH' ? 'merge-patch+' : ''}json` } : {}),
        },
        body,
      }),
    );
  }

  async field({ door, caller }: Cell): Promise<Heard> {
    const answer = await fetch(`${this.virtgate.url}/graphql`, {
      method: 'POST',
      headers: { ...this.#credential(caller), 'content-type': 'application/json' },
      body: JSON.stringify({ query: this.documents.of(door) }),
    });
    return told(answer.status, await answer.json());
  }

  /** One connection of each caller carries all that it subscribes to. */
  async overWebsocket({ door, caller }: Cell): Promise<Heard> {
    const client = this.clients.get(caller) ?? this.#connect(caller);
    this.clients.set(caller, client);
    return new Promise((resolve) => {
      const end = client.subscribe(
        { query: this.documents.of(door) },
        {
          next: (result) => {
            resolve(told(200, result));
            end();
          },
          error: (error) => resolve(refusalOf(error)),
          complete: () => resolve(NO_EVENT),
        },
      );
    });
  }

  async asEvents({ door, caller }: Cell): Promise<Heard> {
    const answer = await fetch(`${this.virtgate.url}/graphql/stream`, {
      method: 'POST',
      headers: {
        ...this.#credential(caller),
        'content-type': 'application/json',
        accept: 'text/event-stream',
      },
      body: JSON.stringify({ query: this.documents.of(door) }),
    });
    if (answer.status !== 200) return heard(answer);
    let text = '';
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString();
      const event = /^event: next\ndata: (.*)\n/m.exec(text);
      if (event) {
        return told(200, JSON.parse(event[1] as string));
      }
    }
    return NO_EVENT;
  }

  transport({ door, caller }: Cell): Promise<Heard> {
    const [method = '', path = ''] = door.split(' ');
    if (method === 'WS') return this.#upgrade(path, caller);
    const query = '{ __typename }';
    return fetch(
      `${this.virtgate.url}${path}${method === 'GET' ? `?query=${encodeURIComponent(query)}` : ''}`,
      {
        method,
        headers: {
          ...this.#credential(caller),
          'content-type': 'application/json',
          'apollo-require-preflight': '1',
          accept: path.endsWith('stream') ? 'text/event-stream' : 'application/json',
        },
        body: method === 'POST' ? JSON.stringify({ query }) : undefined,
      },
    ).then(heard);
  }

  /** Something goes on in the project as long as subscriptions are listened to. */
  stir(): { stop(): Promise<void> } {
    const path = '/projects/matrix/vms/matrix';
    let over = false;
    const act = async (verb: string, state: string): Promise<void> => {
      const { body } = await this.virtgate.rest('POST', `${path}/${verb}`, {});
      await this.virtgate.settled(body);
      await until(state, async () => (await this.virtgate.rest('GET', path)).body.state === state);
    };
    const going = (async () => {
      while (!over) {
        await act('start', 'Running');
        await act('stop', 'Stopped');
        await sleep(100);
      }
    })();
    return {
      stop: () => {
        over = true;
        return going;
      },
    };
  }

  #connect(caller: Caller): Client {
    return createClient({
      url: `${this.virtgate.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: this.#credential(caller),
      retryAttempts: 0,
      lazyCloseTimeout: 500,
    });
  }

  /** What the server makes of a websocket: a refused upgrade, a close after the greeting, or its acknowledgement. */
  #upgrade(path: string, caller: Caller): Promise<Heard> {
    const socket = new WebSocket(
      `${this.virtgate.url.replace('http', 'ws')}${this.#address(path)}`,
      path === '/graphql' ? 'graphql-transport-ws' : undefined,
      { headers: this.#credential(caller) },
    );
    return new Promise<Heard>((resolve, reject) => {
      socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init' })));
      socket.on('message', (data) => resolve({ status: 101, code: null, text: String(data) }));
      socket.on('close', (code, reason) =>
        resolve({ status: code === 4401 ? 401 : 101, code: String(reason), text: `closed with ${code}` }),
      );
      socket.on('unexpected-response', (_request, response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, code: null, text: 'no upgrade' });
      });
      socket.on('error', reject);
    }).finally(() => socket.terminate());
  }

  #credential(caller: Caller): Record<string, string> {
    const token = this.tenancy.tokens[caller];
    return token === null ? {} : { authorization: `Bearer ${token}` };
  }

  #address(path: string): string {
    const { things } = this.tenancy;
    const values: Record<string, string> = {
      operation: things.operation,
      id: things.token,
      role: things.role,
      member: path.includes('/tenants/') ? things.tenantMember : things.projectMember,
    };
    return path.replace(/:(\w+)/g, (_all, name) => values[name] ?? 'matrix').replace('*', 'matrix');
  }
}

async function heard(answer: Response): Promise<Heard> {
  const text = await answer.text();
  const json = /json/.test(answer.headers.get('content-type') ?? '') ? parsed(text) : null;
  return { status: answer.status, code: json?.code ?? json?.errors?.[0]?.extensions?.code ?? null, text };
}

/** A GraphQL result; that the document could not be asked at all proves nothing. */
function told(status: number, result: Json): Heard {
  const text = JSON.stringify(result);
  const code: string | null = result.errors?.[0]?.extensions?.code ?? null;
  if (code?.startsWith('GRAPHQL_') || code === 'BAD_USER_INPUT') throw new Error(text);
  return { status, code, text };
}

/** An `error` message, or the close of the connection. */
function refusalOf(error: unknown): Heard {
  if (Array.isArray(error)) return told(200, { errors: error });
  const { code, reason } = error as { code?: number; reason?: string };
  return { status: code === 4401 ? 401 : 0, code: reason ?? null, text: String(error) };
}

const parsed = (text: string): Json => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
