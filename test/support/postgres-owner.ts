import { EmbeddedPostgres } from '../../src/platform/embedded-postgres/embedded-postgres.js';

/** A process that keeps a Postgres as its child, to be killed. */
try {
  const { url, process: postmaster } = await new EmbeddedPostgres({
    directory: process.env.DIRECTORY ?? '',
  }).start();
  console.log(`running ${postmaster.pid} ${url}`);
} catch (error) {
  console.log(`failed ${JSON.stringify((error as Error).message)}`);
}
