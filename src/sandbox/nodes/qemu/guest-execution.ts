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
  const ask = async (command: string, args: Record<string, unknown>) => {
    const left = deadline - Date.now();
    try {
      if (left > 0) return agentRecord(await agent.request(command, args, left));
    } catch (error) {
      if (Date.now() < deadline) throw error;
    }
    throw new Error(`command timed out after ${timeoutMs / 1000}s`);
  };
  const { pid } = await ask('guest-exec', { path, arg, 'capture-output': true });
  for (;;) {
    const status = await ask('guest-exec-status', { pid: agentNumber(pid) });
    if (status.exited === true) {
      // Ended by a signal: as a shell would count it.
      const exitCode = 'signal' in status ? 128 + agentNumber(status.signal) : agentNumber(status.exitcode);
      return { exitCode, output: outputOf(status['out-data']) + outputOf(status['err-data']) };
    }
    await sleep(LOOK_MS);
  }
}

const outputOf = (data: unknown): string =>
  typeof data === 'string' ? Buffer.from(data, 'base64').toString('utf8').slice(0, MAX_OUTPUT) : '';
