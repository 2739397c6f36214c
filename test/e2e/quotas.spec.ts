import { type Json, until, Virtgate } from '../support/virtgate.js';

const MINUTE = 60_000;

describe('quotas', () => {
  let virtgate: Virtgate;

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated' } });
  }, 240_000);

  afterAll(async () => {
    await virtgate?.stop();
  }, 60_000);

  const project = async (tenant: string, name: string): Promise<string> => {
    const { status } = await virtgate.rest('POST', `/tenants/${tenant}/projects`, { name });
    expect(status).toBe(201);
    await until(`project ${name} is there`, async () => {
      return (await virtgate.rest('GET', `/projects/${name}`)).body.state === 'Active';
    });
    return name;
  };
  const quota = async (path: string): Promise<Json> => (await virtgate.rest('GET', `${path}/quota`)).body;
  const setQuota = async (path: string, limits: Json, more: Json = {}): Promise<Json> => {
    const { status, body } = await virtgate.rest('PUT', `${path}/quota`, { limits, ...more });
    expect([status, body.code]).toEqual([200, undefined]);
    return body;
  };
  const machine = (name: string, more: Json = {}) => ({
    name,
    cpus: 1,
    memory: '64Mi',
    start: false,
    bootDisk: { blank: true, size: '64Mi' },
    ...more,
  });
  const settledAll = async (name: string): Promise<void> => {
    await until(
      `no operation in ${name} is unfinished`,
      async () => {
        const states = ['PENDING', 'RUNNING'].map((state) =>
          virtgate.rest('GET', `/operations?project=${name}&state=${state}&limit=1`),
        );
        return (await Promise.all(states)).every(({ body }) => body.total === 0);
      },
      2 * MINUTE,
    );
  };

  it(
    'let exactly 10 of 200 parallel creates through, over REST and GraphQL, with a worker killed in the middle',
    async () => {
      const name = await project('demo', 'race');
      await setQuota(`/projects/${name}`, { vms: 10 });
      const mutation = `mutation ($input: CreateVirtualMachineInput!) {
        createVirtualMachine(input: $input) { operation { id } } }`;
      const rest = async (vm: string): Promise<Json> => {
        const { body } = await virtgate.rest('POST', `/projects/${name}/vms`, machine(vm));
        return body.code ? { code: body.code, details: body.details } : { operation: body.id };
      };
      const graphql = async (vm: string): Promise<Json> => {
        const variables = { input: { project: name, ...machine(vm) } };
        const { body } = await virtgate.graphqlAnswer(mutation, variables);
        const [error] = body.errors ?? [];
        return error ? error.extensions : { operation: body.data.createVirtualMachine.operation.id };
      };
      const all = Array.from({ length: 200 }, (_, index) =>
        index % 2 === 0 ? rest(`vm-${index}`) : graphql(`vm-${index}`),
      );
      await Promise.race(all);
      const restarted = virtgate.killAndAwaitRestart('worker');
      const answers = await Promise.all(all);
      const refused = answers.filter(({ operation }) => operation === undefined);
      expect([...new Set(refused.map(({ code }) => code))]).toEqual(['quota.exceeded']);
      expect(refused).toHaveLength(190);
      for (const { details } of refused) {
        expect(details).toMatchObject({ resource: 'vms', scope: 'project', limit: 10, requested: 1 });
        expect(details.used + details.reserved).toBe(10);
      }
      await restarted;
      await settledAll(name);
      const { resources } = await quota(`/projects/${name}`);
      expect(resources.vms).toEqual({ limit: 10, used: 10, reserved: 0, available: 0 });
      expect(resources.disks).toMatchObject({ used: 10, reserved: 0 });
      expect((await virtgate.rest('GET', `/projects/${name}/vms?limit=1`)).body.total).toBe(10);
    },
    4 * MINUTE,
  );
});
