import { AccessModule } from '../../src/features/access/access.module.js';
import {
  CreateServiceAccount,
  DeleteServiceAccount,
} from '../../src/features/access/commands/service-account-commands.js';
import { TRASH_LABEL } from '../../src/features/access/trash.contract.js';
import { OperationsContract } from '../../src/features/operations/operations.contract.js';
import { ExpireTrash } from '../../src/features/virtual-machines/commands/expire-trash.js';
import { TARGET_TYPE } from '../../src/features/virtual-machines/domain/names.js';
import { TRASH_KIND } from '../../src/features/virtual-machines/operation-kinds.js';
import type { Principal } from '../../src/kernel/principal.js';
import { AccessPort } from '../../src/platform/access/access-port.js';
import type { ClusterObject } from '../../src/platform/cluster/cluster-client.js';
import { PERSISTENT_VOLUME_CLAIM, VIRTUAL_MACHINE } from '../../src/platform/cluster/kinds.js';
import { Database } from '../../src/platform/database/database.js';
import { House } from '../support/house.js';
import { machineManifest } from '../support/machine-manifest.js';
import { until } from '../support/virtgate.js';

const DAY_MS = 86_400_000;
const NAMES = ['goes', 'held', 'scribbled'] as const;

describe('the end of the time in the trash', () => {
  let house: House;

  const find = (name: string): Promise<ClusterObject | null> =>
    house.cluster.get(VIRTUAL_MACHINE, house.project.namespace, name).catch(() => null);
  const claim = (name: string): Promise<ClusterObject | null> =>
    house.cluster.get(PERSISTENT_VOLUME_CLAIM, house.project.namespace, name).catch(() => null);
  const patch = (name: string, metadata: object) =>
    house.cluster.patch(VIRTUAL_MACHINE, house.project.namespace, name, {
      type: 'merge',
      body: { metadata },
    });
  const begun = (name: string) =>
    house.get(OperationsContract).unfinished(house.project.id, TARGET_TYPE, name);

  beforeAll(async () => {
    house = await House.start({ at: new Date(), rooms: [AccessModule] });
    for (const name of NAMES) {
      await house.cluster.create(VIRTUAL_MACHINE, house.project.namespace, machineManifest(name));
    }
    for (const name of NAMES) {
      await until(`the disk of ${name} is there`, async () => (await claim(`${name}-root`)) !== null);
    }
  }, 180_000);

  afterAll(async () => {
    await house?.stop();
  }, 60_000);

  it('comes for what was deleted by somebody who is gone since, and for nothing before its time', async () => {
    const admin = await house.admin();
    const tenant = { id: house.project.tenantId, name: house.project.tenant };
    const bindings = [{ role: 'editor', project: house.project.name }];
    const account = { name: 'leaver', bindings };
    const { id } = await house.get(CreateServiceAccount).execute(admin, tenant, account);
    const leaver = (await house.get(AccessPort).refresh({ id, tokenId: null })) as Principal;
    for (const name of NAMES) {
      const uid = (await find(name))?.metadata.uid;
      await house.get(Database).transaction((tx) =>
        house.get(OperationsContract).begin(tx, {
          kind: TRASH_KIND.kind,
          principal: leaver,
          project: house.project,
          target: { type: TARGET_TYPE, name },
          input: { uid, retentionSeconds: 7 * 86_400, keepDisks: [], snapshots: [] },
        }),
      );
      await until(`${name} is in the trash`, async () => (await begun(name)).length === 0);
      expect((await find(name))?.metadata.labels).toMatchObject({ [TRASH_LABEL]: 'true' });
    }
    await house.get(DeleteServiceAccount).execute(admin, tenant, 'leaver', () => {});
    await patch('held', { labels: { 'kubevirt.io/vm-delete-protection': 'true' } });
    await patch('scribbled', { annotations: { 'virtgate.io/trash': '{"purgeAt":"1999"}' } });

    house.clock.moveTo(new Date(Date.now() + 6.9 * DAY_MS));
    await house.get(ExpireTrash).execute();
    expect(await begun('goes')).toEqual([]);

    house.clock.moveTo(new Date(Date.now() + 7.1 * DAY_MS));
    // Nobody calls: the leader looks by itself.
    await until('the machine is gone', async () => (await find('goes')) === null, 90_000);
    await until('its disk is gone', async () => (await claim('goes-root')) === null, 90_000);
    await house.get(ExpireTrash).execute();
    for (const name of ['held', 'scribbled']) {
      expect(await begun(name)).toEqual([]);
      expect(await find(name)).not.toBeNull();
    }

    // Once nothing protects it any more, it goes too.
    await patch('held', { labels: { 'kubevirt.io/vm-delete-protection': null } });
    await until(
      'the other one is gone',
      async () => {
        await house.get(ExpireTrash).execute();
        return (await find('held')) === null;
      },
      90_000,
    );
  }, 300_000);
});
