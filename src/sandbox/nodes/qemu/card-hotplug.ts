import type { GuestInterface } from '../node-driver.js';
import { removeDevice } from './device-removal.js';
import type { GuestFiles } from './guest-files.js';
import { cardDevice, cardId, netdevId, segment } from './network-cards.js';
import { type QmpClient, QmpError } from './qmp-client.js';

const prefix = cardId('');

/** The names of the cards on secondary networks, as QEMU itself knows them. */
export async function pluggedCards(qmp: QmpClient): Promise<string[]> {
  const devices = await qmp.execute<{ name: string }[]>('qom-list', { path: '/machine/peripheral' });
  return devices.flatMap(({ name }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : [])).sort();
}

/** Gives a running guest one more card, on the port that it says. One that is there already is left as it is. */
export async function plugCard(qmp: QmpClient, card: GuestInterface, files: GuestFiles): Promise<void> {
  if ((await pluggedCards(qmp)).includes(card.name)) return;
  // Left by a plugging that was cut off in the middle.
  await dropNetdev(qmp, card.name);
  await qmp.execute('netdev_add', segment(card, files));
  try {
    await qmp.execute('device_add', cardDevice(card));
  } catch (error) {
    await dropNetdev(qmp, card.name);
    throw error;
  }
}

/** Rejects when the guest does not let go of it in time. */
export async function unplugCard(qmp: QmpClient, name: string): Promise<void> {
  if ((await pluggedCards(qmp)).includes(name)) await removeDevice(qmp, cardId(name), 'network card');
  await dropNetdev(qmp, name);
}

async function dropNetdev(qmp: QmpClient, name: string): Promise<void> {
  try {
    await qmp.execute('netdev_del', { id: netdevId(name) });
  } catch (error) {
    if (!(error instanceof QmpError) || !/not found/i.test(error.message)) throw error;
  }
}
