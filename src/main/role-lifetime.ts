/**
 * The life of one role's process: runs until it is told to stop (SIGTERM, SIGINT, or the supervisor that
 * started it is gone), then closes in order. A second signal, or ten seconds, ends it at once.
 */
export function runUntilStopped(close: () => Promise<void>): void {
  let closing = false;
  const stop = async () => {
    if (closing) process.exit(1);
    closing = true;
    setTimeout(() => process.exit(1), 10_000).unref();
    try {
      await close();
      process.exit(0);
    } catch (error) {
      console.error(error);
      process.exit(1);
    }
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (process.channel) {
    process.on('disconnect', stop);
    process.channel.unref();
  }
}
