import type { QmpClient } from './qmp-client.js';

interface Progress {
  status: 'none' | 'active' | 'completed' | 'failed';
}

const LOOK_MS = 100;

/** Has QEMU write the guest's memory as an ELF core while it stands still. Resolves when the file is whole. */
export async function dumpMemory(qmp: QmpClient, path: string, signal: AbortSignal): Promise<void> {
  await qmp.execute('dump-guest-memory', { paging: false, protocol: `file:${path}`, detach: true });
  for (;;) {
    const { status } = await qmp.execute<Progress>('query-dump');
    if (status === 'completed') return;
    if (status === 'failed') throw new Error('QEMU could not write the memory of the guest');
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
