import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createObjectStore } from '../store/sqlite-object-store.js';
import { NOW, stored } from '../testing/world-of.js';
import { dropOldEvents, recordEvent } from './event-recorder.js';

it('counts what happens again, tells apart what differs, and forgets after an hour', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'events-'));
  const store = createObjectStore({ directory });
  try {
    store.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
    const regarding = stored({
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: { name: 'one', namespace: 'team' },
    });
    const facts = {
      regarding,
      type: 'Normal',
      reason: 'Started',
      message: 'It runs.',
      component: 'tester',
    } as const;
    const later = new Date(NOW.getTime() + 30 * 60_000);
    recordEvent(store, facts, NOW);
    recordEvent(store, facts, later);
    recordEvent(store, { ...facts, message: 'It runs again.' }, later);
    expect(
      store
        .list('events', 'team')
        .map(({ message, count, firstTimestamp, lastTimestamp }) => [
          message,
          count,
          firstTimestamp,
          lastTimestamp,
        ]),
    ).toEqual(
      expect.arrayContaining([
        ['It runs.', 2, '2026-11-23T06:00:00Z', '2026-11-23T06:30:00Z'],
        ['It runs again.', 1, '2026-11-23T06:30:00Z', '2026-11-23T06:30:00Z'],
      ]),
    );
    expect(store.list('events')[0]?.involvedObject).toMatchObject({
      kind: 'VirtualMachine',
      name: 'one',
      uid: regarding.metadata.uid,
    });
    dropOldEvents(store, new Date(later.getTime() + 59 * 60_000));
    expect(store.list('events')).toHaveLength(2);
    dropOldEvents(store, new Date(later.getTime() + 61 * 60_000));
    expect(store.list('events')).toEqual([]);
  } finally {
    store.close();
    await rm(directory, { recursive: true, force: true });
  }
});
