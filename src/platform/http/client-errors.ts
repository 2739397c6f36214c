import type { Socket } from 'node:net';
import { requestMalformed, requestTooLarge, timedOut } from '../../kernel/failures.js';
import { PROBLEM_JSON, toProblem } from './http-failures.js';

/** Answers what Node's HTTP parser could not read: there is no request yet, so the answer is written by hand. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy(error);
    return;
  }
  const [status, failure] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? (['431 Request Header Fields Too Large', requestTooLarge('The header is too large.')] as const)
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? (['408 Request Timeout', timedOut('The request did not arrive in time.')] as const)
        : (['400 Bad Request', requestMalformed('This is not an HTTP request.')] as const);
  const problem = { ...toProblem(failure, 'none'), status: Number(status.slice(0, 3)) };
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: ${PROBLEM_JSON}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `connection: close\r\n\r\n${body}`,
  );
}
