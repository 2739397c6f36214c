import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/** The least that can pass a console on: a Node server that joins two websockets. Told its cluster by the parent, in JSON. */
const { server, token, ca, base } = JSON.parse(process.env.BARE_CLUSTER ?? '{}');
const HIGH_WATER = 256 * 1024;

const relay = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
relay.on('connection', (client, request) => {
  const upstream = new WebSocket(
    `${server.replace(/^http/, 'ws')}${base}${request.url}`,
    'plain.kubevirt.io',
    {
      ca,
      headers: { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
    },
  );
  pass(client, upstream);
  pass(upstream, client);
});
relay.on('listening', () => console.log(`ws://127.0.0.1:${(relay.address() as AddressInfo).port}`));

function pass(from: WebSocket, to: WebSocket): void {
  const waiting: Buffer[] = [];
  const send = (data: Buffer) => {
    to.send(data, { binary: true }, () => {
      if (from.isPaused && to.bufferedAmount < HIGH_WATER) from.resume();
    });
    if (to.bufferedAmount > HIGH_WATER) from.pause();
  };
  from.on('message', (data: Buffer) => (to.readyState === to.OPEN ? send(data) : waiting.push(data)));
  to.once('open', () => waiting.splice(0).forEach(send));
  from.once('close', () => to.close());
  from.on('error', () => to.terminate());
}
