import type { Server } from 'node:http';
import type { HttpOptions } from './http-options.js';

/** The address that clients use: the configured one, else that of the listening socket. Without a trailing slash. */
export function publicUrl({ publicUrl: configured, host, port }: HttpOptions, server: Server): string {
  if (configured !== null) return configured;
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${bound}`;
}
