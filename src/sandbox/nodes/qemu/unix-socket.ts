import { connect, type Socket } from 'node:net';

/**
 * Connects to a unix socket that may not be there yet: QEMU makes it a moment after it was started.
 * `goOn` is asked between tries, so that nobody waits for a process that has died.
 */
export async function connectUnix(
  path: string,
  timeoutMs: number,
  goOn: () => boolean = () => true,
): Promise<Socket> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await connectOnce(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const mayCome = code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'EAGAIN';
      if (!mayCome || Date.now() >= deadline || !goOn()) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  }
}

function connectOnce(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.removeListener('error', reject);
      resolve(socket);
    });
  });
}
