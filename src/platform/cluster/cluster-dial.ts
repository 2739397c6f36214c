import type { Duplex } from 'node:stream';
import { createWebSocketStream, WebSocket } from 'ws';
import type { Impersonation } from './cluster-client.js';
import type { ClusterAccess } from './cluster-credentials.js';
import { clusterTimeout, clusterUnavailable } from './cluster-failures.js';
import { impersonationHeaders } from './impersonation-headers.js';
import { type FailureContext, toFailure } from './status-to-failure.js';

/** staging/src/kubevirt.io/client-go/subresources/constants.go: binary frames of raw bytes. */
const SUBPROTOCOL = 'plain.kubevirt.io';
const HANDSHAKE_MS = 15_000;
const PING_MS = 20_000;
const MAX_REFUSAL = 64 * 1024;
const MAX_FRAME = 16 * 1024 * 1024;

/**
 * Opens a websocket to a subresource as a stream of raw bytes with backpressure. virt-api dials the guest before it
 * upgrades, so a refusal is an ordinary answer and is thrown as the failure that it means. The stream ends when the
 * far side closes, and fails when two pings go unanswered.
 */
export function dialSubresource(
  access: ClusterAccess,
  path: string,
  options: { as?: Impersonation; signal?: AbortSignal },
  about: FailureContext,
): Promise<Duplex> {
  const headers: Record<string, string | string[]> = { 'User-Agent': 'virtgate' };
  if (access.authorization) headers.Authorization = access.authorization;
  for (const [name, value] of impersonationHeaders(options.as)) {
    const others = headers[name] ?? [];
    headers[name] = [...(Array.isArray(others) ? others : [others]), value];
  }
  const socket = new WebSocket(`${access.server.replace(/^http/, 'ws')}${path}`, SUBPROTOCOL, {
    ...access.tls,
    headers: headers as Record<string, string>,
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: MAX_FRAME,
    perMessageDeflate: false,
    followRedirects: false,
  });
  // Before the socket is open, so that the first bytes of the guest find a reader.
  const stream = createWebSocketStream(socket, { allowHalfOpen: false });
  return opened(socket, stream, options.signal, about);
}

function opened(
  socket: WebSocket,
  stream: Duplex,
  signal: AbortSignal | undefined,
  about: FailureContext,
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    let settled = false;
    const abort = () => {
      fail(signal?.reason);
      stream.destroy();
    };
    const fail = (error: unknown) => {
      if (settled) return;
      settled = true;
      signal?.removeEventListener('abort', abort);
      reject(error);
      socket.terminate();
    };
    socket.once('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= MAX_REFUSAL) chunks.push(chunk);
        else response.destroy();
      });
      response.once('close', () => {
        const body = Buffer.concat(chunks).toString();
        const status = response.statusCode ?? 502;
        fail(toFailure(status, body, response.headers['content-type'] ?? null, about));
      });
    });
    stream.on('error', (cause: Error) => {
      const late = /handshake has timed out/i.test(cause.message);
      fail(late ? clusterTimeout(undefined, { cause }) : clusterUnavailable(undefined, { cause }));
    });
    socket.once('open', () => {
      settled = true;
      keepAlive(socket);
      resolve(stream);
    });
    socket.once('close', () => {
      signal?.removeEventListener('abort', abort);
      fail(clusterUnavailable());
    });
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort);
  });
}

/** Load balancers cut silent connections, and a dead peer must be noticed. */
function keepAlive(socket: WebSocket): void {
  let unanswered = 0;
  const timer = setInterval(() => {
    if (unanswered >= 2) return socket.terminate();
    unanswered += 1;
    socket.ping();
  }, PING_MS);
  timer.unref();
  socket.on('pong', () => {
    unanswered = 0;
  });
  socket.once('close', () => clearInterval(timer));
}
