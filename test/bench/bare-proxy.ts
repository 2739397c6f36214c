import { createServer } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';

/**
 * The least that can pass a volume on, either way: a Node server that pipes. Told its targets by the parent, in JSON; the
 * right to an upload comes with each.
 */
const { download, upload } = JSON.parse(process.env.BARE_TARGETS ?? '{}');
const downloads = new Agent({ ca: download.cert, keepAlive: true });
const uploads = new Agent({ ca: upload.cert, keepAlive: true });

const server = createServer((question, answer) => {
  const fetches = question.method === 'GET';
  const { 'content-length': length, 'x-upload-token': token } = question.headers;
  const headers = fetches
    ? { 'x-kubevirt-export-token': download.token }
    : { authorization: `Bearer ${token}`, 'content-length': length };
  const agent = fetches ? downloads : uploads;
  const method = fetches ? 'GET' : 'POST';
  const upstream = request(fetches ? download.url : upload.url, { agent, method, headers }, (response) => {
    const { 'content-length': size } = response.headers;
    answer.writeHead(response.statusCode ?? 502, size === undefined ? {} : { 'content-length': size });
    response.pipe(answer);
  });
  upstream.on('error', () => answer.destroy());
  answer.on('close', () => upstream.destroy());
  question.pipe(upstream);
});
server.requestTimeout = 0;
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
