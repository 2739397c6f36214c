/**
 * Run as a process of its own by tests that kill it: a node driver that starts the guests it is told of and
 * stays. `node run-node-driver.ts <directory> <guests as JSON, memory in bytes as text>`
 */
import { createNodeDriver } from '../../src/sandbox/nodes/create-node-driver.js';
import type { GuestSpec } from '../../src/sandbox/nodes/node-driver.js';

const [directory = '', guests = '[]'] = process.argv.slice(2);
const driver = await createNodeDriver({ kind: 'qemu', directory });
for (const guest of JSON.parse(guests) as (Omit<GuestSpec, 'memoryBytes'> & { memoryBytes: string })[]) {
  await driver.start({ ...guest, memoryBytes: BigInt(guest.memoryBytes) });
}
process.stdout.write(`${JSON.stringify(driver.list())}\n`);
setInterval(() => undefined, 60_000);
