import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { bytesPassed } from '../../../platform/http/passing-bytes.js';

/** Bytes waiting for a slow browser before the guest is asked to wait. */
const HIGH_WATER = 256 * 1024;
const LOW_WATER = 64 * 1024;
const PING_MS = 20_000;

/** Told of what goes by, and of the guest's end; the client's is the socket's own event. */
export interface JoinListener {
  toGuest(data: Buffer): void;
  fromGuest(data: Buffer): void;
  guestClosed(): void;
}

/** Joins a websocket and a guest's console, both ways with backpressure, until either ends. */
export function joinConsole(socket: WebSocket, guest: Duplex, listener: JoinListener): void {
  let alive = true;
  const ping = setInterval(() => {
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
  }, PING_MS);
  socket.on('pong', () => {
    alive = true;
  });

  const sent = () => {
    if (guest.isPaused() && socket.bufferedAmount < LOW_WATER) guest.resume();
  };
  guest.on('data', (chunk: Buffer) => {
    listener.fromGuest(chunk);
    bytesPassed(chunk.length);
    socket.send(chunk, { binary: true }, sent);
    if (socket.bufferedAmount > HIGH_WATER) guest.pause();
  });
  socket.on('message', (data: Buffer) => {
    listener.toGuest(data);
    bytesPassed(data.length);
    if (guest.write(data)) return;
    socket.pause();
    guest.once('drain', () => socket.resume());
  });

  guest.once('close', () => listener.guestClosed());
  socket.once('close', () => {
    clearInterval(ping);
    guest.destroy();
  });
  socket.on('error', () => socket.terminate());
}
