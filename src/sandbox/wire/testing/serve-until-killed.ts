import { join } from 'node:path';
import { createObjectStore } from '../../store/sqlite-object-store.js';
import { createApiServer } from '../api-server.js';

/** Child process of the kill spec: serves a data directory, tells its URL, and is ended from outside. */
const dataDirectory = process.argv[2] as string;
const store = createObjectStore({ directory: join(dataDirectory, 'sandbox') });
const server = createApiServer({ store, dataDirectory, port: 0 });
await server.listen();
process.stdout.write(`${server.url}\n`);
