/** Run as a process of its own by tests that kill it: `node run-sandbox.ts <options as JSON>`. */
import { createSandbox } from '../sandbox.js';

const log = (fields: Record<string, unknown>, message: string) =>
  process.stderr.write(process.env.SANDBOX_LOG ? `${message} ${JSON.stringify(fields)}\n` : '');
const sandbox = await createSandbox({
  ...JSON.parse(process.argv[2] ?? '{}'),
  logger: { info: log, warn: log, error: log },
});
await sandbox.start();
process.stdout.write(`${sandbox.kubeconfigPath}\n`);
