import { setTimeout as sleep } from 'node:timers/promises';
import type { GuestCommandResult } from '../node-driver.js';
import { agentNumber, agentRecord } from './agent-words.js';
import type { GuestAgent } from './guest-agent.js';

const LOOK_MS = 50;
const MAX_OUTPUT = 4096;

/**
 * Runs a program in a guest and waits for its end; one that takes longer than the timeout runs on. Rejects, too, where
 * the agent does not know how, or there is no such program.
 * @see https://www.qemu.org/docs/master/interop/qemu-ga-ref.html (guest-exec, guest-exec-status)
 */
export async function executeByAgent(
  agent: GuestAgent,
  [path = '', ...arg]: readonly string[],
  timeoutMs: number,
): Promise<GuestCommandResult> {
  const deadline = Date.now() + timeoutMs;
  const begun = await agent.request('guest-exec', { path, arg, 'capture-output': true }, timeoutMs);
  const pid = agentNumber(agentRecord(begun).pid);
  for (;;) {
    const left = Math.max(1, deadline - Date.now());
    const status = agentRecord(await agent.request('guest-exec-status', { pid }, left));
    if (status.exited === true) {
      const output = outputOf(status['out-data']) + outputOf(status['err-data']);
      // Ended by a signal: as a shell would count it.
      return {
        exitCode: 'signal' in status ? 128 + agentNumber(status.signal) : agentNumber(status.exitcode),
        output,
      };
    }
    if (Date.now() >= deadline) throw new Error(`command timed out after ${timeoutMs / 1000}s`);
    await sleep(LOOK_MS);
  }
}

const outputOf = (data: unknown): string =>
  typeof data === 'string' ? Buffer.from(data, 'base64').toString('utf8').slice(0, MAX_OUTPUT) : '';
