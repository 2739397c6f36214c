import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** Bytes waiting for a slow browser before the guest is asked to wait. */
const HIGH_WATER = 256 * 1024;
const LOW_WATER = 64 * 1024;
const PING_MS = 20_000;

/** Joins a websocket and a guest's console, both ways with backpressure, until either ends. */
export function joinConsole(socket: WebSocket, guest: Duplex): void {
  let alive = true;
  const ping = setInterval(() => {
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
  }, PING_MS);
  socket.on('pong', () => {
    alive = true;
  });

  guest.on('data', (chunk: Buffer) => {
    socket.send(chunk, { binary: true }, () => {
      if (guest.isPaused() && socket.bufferedAmount < LOW_WATER) guest.resume();
    });
    if (socket.bufferedAmount > HIGH_WATER) guest.pause();
  });
  socket.on('message', (data: Buffer) => {
    if (guest.write(data)) return;
    socket.pause();
    guest.once('drain', () => socket.resume());
  });

  guest.once('close', () => socket.close(1000, 'The console of the machine has closed.'));
  socket.once('close', () => {
    clearInterval(ping);
    guest.destroy();
  });
  socket.on('error', () => socket.terminate());
}
