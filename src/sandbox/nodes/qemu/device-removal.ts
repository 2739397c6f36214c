import type { QmpClient, QmpEvent } from './qmp-client.js';

/** A guest has to let go of a device; one that is only just booting does not hear of it. */
const unplugTimeoutMs = 15_000;

/** Takes a device out of a running guest. Rejects when the guest does not let go of it in time. */
export async function removeDevice(qmp: QmpClient, id: string, what: string): Promise<void> {
  const gone = deviceGone(qmp, id, what);
  try {
    await qmp.execute('device_del', { id });
    await gone.promise;
  } finally {
    gone.stop();
  }
}

function deviceGone(qmp: QmpClient, id: string, what: string): { promise: Promise<void>; stop: () => void } {
  let stop = () => {};
  const promise = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`The guest did not release the ${what} within ${unplugTimeoutMs} ms`)),
      unplugTimeoutMs,
    );
    const listen = ({ event, data }: QmpEvent) => {
      if (event === 'DEVICE_DELETED' && data.device === id) resolve();
    };
    qmp.on('event', listen);
    stop = () => {
      clearTimeout(timer);
      qmp.off('event', listen);
      resolve();
    };
  });
  return { promise, stop };
}
