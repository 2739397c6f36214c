import { startToyWorker } from './toy-operations.js';

/** A worker of toys in a process of its own, to be killed. */
await startToyWorker(process.env.DATABASE_URL ?? '', process.env.REDIS_URL ?? null);
console.log('working');
