import { createServer } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';

/** The least that can pass a volume on: a Node server that pipes. Told its target by the parent, in JSON. */
const { url, token, cert } = JSON.parse(process.env.BARE_TARGET ?? '{}');
const agent = new Agent({ ca: cert, keepAlive: true });

const server = createServer((_question, answer) => {
  const upstream = request(url, { agent, headers: { 'x-kubevirt-export-token': token } }, (response) => {
    answer.writeHead(response.statusCode ?? 502, { 'content-length': response.headers['content-length'] });
    response.pipe(answer);
  });
  upstream.on('error', () => answer.destroy());
  answer.on('close', () => upstream.destroy());
  upstream.end();
});
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
