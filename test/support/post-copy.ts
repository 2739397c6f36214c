import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** What QEMU says to post-copy on this machine, asked past our own code; undefined where it takes it. */
export async function postCopyRefusal(): Promise<string | undefined> {
  const asked = [
    { execute: 'qmp_capabilities' },
    {
      execute: 'migrate-set-capabilities',
      arguments: { capabilities: [{ capability: 'postcopy-ram', state: true }] },
    },
    { execute: 'quit' },
  ];
  const args = '-machine none -nodefaults -display none -incoming defer -qmp stdio'.split(' ');
  const qemu = spawn('qemu-system-x86_64', args, { stdio: ['pipe', 'pipe', 'ignore'] });
  qemu.stdin.end(asked.map((one) => JSON.stringify(one)).join('\n'));
  const said = (await text(qemu.stdout)).split('\n').filter((line) => line.includes('"error"'));
  return said[0] === undefined ? undefined : JSON.parse(said[0]).error.desc;
}
