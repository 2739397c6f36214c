import { Logger } from '@nestjs/common';
import { execute, GraphQLError, type GraphQLSchema, subscribe } from 'graphql';
import { handleProtocols, makeServer, type Server } from 'graphql-ws';
import type { WebSocket } from 'ws';
import { Failure } from '../../kernel/failure.js';
import type { AccessPort } from '../access/access-port.js';
import type { Authenticator } from '../access/authenticator.js';
import { runInContext } from '../context/request-context.js';
import type { UpgradeRequest, UpgradeRouter } from '../http/upgrade-router.js';
import type { RateLimits } from '../rate-limits/rate-limits.js';
import { toGraphqlError } from './error-mapping.js';
import { complexityError } from './limits.js';
import { formatResult, type LiveOperations, pointsIn } from './live-operations.js';
import { Session } from './session.js';

const MAX_PAYLOAD = 64 * 1024;
const MAX_SUBSCRIPTIONS = 100;
const PING_MS = 12_000;

/** Close codes of our own, in the range that graphql-ws uses for the like. */
const UNAUTHORIZED = 4401;
const INTERNAL = 4500;
/** No code that clients take for final: they come again, and subscribe to what they still may. */
const RIGHTS_LOST = 4205;

interface Connection {
  requestId: string;
  sourceAddress: string | null;
  authorization: string | undefined;
  socket: WebSocket;
  session: Session | null;
}

/** GraphQL over websockets (protocol graphql-transport-ws) at the path of the HTTP endpoint. */
export class WebsocketDoor {
  readonly #logger = new Logger('GraphQL');
  readonly #server: Server<Connection>;

  constructor(
    schema: GraphQLSchema,
    private readonly operations: LiveOperations,
    private readonly authenticator: Authenticator,
    private readonly access: AccessPort,
    private readonly limits: RateLimits,
  ) {
    this.#server = makeServer<Record<string, unknown>, Connection>({
      schema,
      connectionInitWaitTimeout: 5_000,
      onConnect: async ({ connectionParams, extra }) => {
        const { authorization } = lowerCase(connectionParams ?? {});
        const given = typeof authorization === 'string' ? authorization : extra.authorization;
        try {
          const principal = await inContext(extra, () => this.authenticator.authenticate(given));
          extra.session = new Session(principal, this.access, (why, what) =>
            extra.socket.close(what === 'rights' ? RIGHTS_LOST : UNAUTHORIZED, why),
          );
          return true;
        } catch (error) {
          const failure = error instanceof Failure ? error : null;
          extra.socket.close(
            failure?.kind === 'unauthenticated' ? UNAUTHORIZED : INTERNAL,
            failure?.code ?? 'internal',
          );
          return false;
        }
      },
      onSubscribe: async ({ subscriptions, extra }, _id, payload) => {
        const { requestId, session } = extra;
        if (Object.keys(subscriptions).length > MAX_SUBSCRIPTIONS) {
          return [complexityError(`A connection carries at most ${MAX_SUBSCRIPTIONS} subscriptions.`)];
        }
        try {
          const principal = await (session as Session).current();
          const context = { principal, requestId, sourceAddress: extra.sourceAddress, reply: null };
          const prepared = this.operations.prepare(payload, context);
          if (!Array.isArray(prepared)) await this.limits.charge(principal, pointsIn(prepared), null);
          return prepared;
        } catch (error) {
          return [new GraphQLError('refused', { originalError: error as Error })];
        }
      },
      onNext: ({ extra }, _id, _payload, _args, result) => formatResult(result, extra.requestId),
      onError: ({ extra }, _id, _payload, errors) =>
        errors.map((error) => toGraphqlError(error, extra.requestId)),
      onDisconnect: ({ extra }) => extra.session?.close(),
      onClose: ({ extra }) => extra.session?.close(),
      execute: (args) => inContext(args.contextValue as Whence, () => execute(args)),
      subscribe: (args) => inContext(args.contextValue as Whence, () => subscribe(args)),
    });
  }

  open(router: UpgradeRouter, path: string): void {
    router.add(path, { maxPayload: MAX_PAYLOAD, protocol: handleProtocols }, async (upgrade) => {
      this.#serve(upgrade, await upgrade.accept());
    });
  }

  #serve({ request, requestId, sourceAddress }: UpgradeRequest, socket: WebSocket): void {
    const connection: Connection = {
      requestId,
      sourceAddress,
      authorization: request.headers.authorization,
      socket,
      session: null,
    };
    const stopPinging = keepAlive(socket);
    socket.on('error', () => socket.terminate());
    const closed = this.#server.opened(
      {
        protocol: socket.protocol,
        send: (data) => send(socket, data),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) =>
          socket.on('message', (data) => {
            handle(String(data)).catch((error: unknown) => {
              this.#logger.error(error);
              socket.close(INTERNAL, 'internal');
            });
          }),
      },
      connection,
    );
    socket.once('close', (code, reason) => {
      stopPinging();
      connection.session?.close();
      void closed(code, String(reason));
    });
  }
}

type Whence = Pick<Connection, 'requestId' | 'sourceAddress'>;

const inContext = <T>({ requestId, sourceAddress }: Whence, work: () => T): T =>
  runInContext({ requestId, sourceAddress, idempotencyId: null, dryRun: false }, work);

/** Resolves once the bytes are handed to the system, so that a slow reader slows its own subscription. */
function send(socket: WebSocket, data: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) resolve();
    else socket.send(data, (error) => (error ? reject(error) : resolve()));
  });
}

/** Ends sockets whose peer is gone without a word. */
function keepAlive(socket: WebSocket): () => void {
  let answered = true;
  socket.on('pong', () => {
    answered = true;
  });
  const timer = setInterval(() => {
    if (!answered) socket.terminate();
    else if (socket.readyState === socket.OPEN) {
      answered = false;
      socket.ping();
    }
  }, PING_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function lowerCase(params: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [key.toLowerCase(), value]));
}
