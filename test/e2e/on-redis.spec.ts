import { redisIsInstalled, startRedis, type TestRedis } from '../support/redis.js';
import { Virtgate } from '../support/virtgate.js';

const describeOnRedis = redisIsInstalled ? describe : describe.skip;

describeOnRedis(
  `the whole product with its queues on Redis${redisIsInstalled ? '' : ' (skipped: needs redis-server)'}`,
  () => {
    let redis: TestRedis;
    let virtgate: Virtgate;

    beforeAll(async () => {
      redis = await startRedis();
      virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated', REDIS_URL: redis.url } });
    }, 180_000);

    afterAll(async () => {
      await virtgate?.stop();
      await redis?.close();
    }, 60_000);

    const create = (name: string) =>
      virtgate.rest('POST', '/projects/demo/vms', {
        name,
        cpus: 1,
        memory: '128Mi',
        bootDisk: { blank: true, size: '64Mi' },
      });

    it('creates, stops and deletes a machine', async () => {
      expect((await virtgate.settled((await create('on-redis')).body)).state).toBe('SUCCEEDED');
      const stop = await virtgate.rest('POST', '/projects/demo/vms/on-redis/stop', { force: true });
      expect((await virtgate.settled(stop.body)).state).toBe('SUCCEEDED');
      const removal = await virtgate.rest('DELETE', '/projects/demo/vms/on-redis?disks=delete');
      expect((await virtgate.settled(removal.body)).state).toBe('SUCCEEDED');
    }, 240_000);

    it('keeps what was accepted while Redis is away, and does it when Redis is back', async () => {
      await redis.kill();
      const accepted = await create('while-away');
      expect(accepted.status).toBe(202);
      await new Promise((done) => setTimeout(done, 3_000));
      const meanwhile = (await virtgate.rest('GET', `/operations/${accepted.body.id}`)).body.state;
      expect(['PENDING', 'RUNNING']).toContain(meanwhile);
      await redis.restart();
      expect((await virtgate.settled(accepted.body)).state).toBe('SUCCEEDED');
    }, 240_000);

    it('kill -9 of the worker: what it was doing is done', async () => {
      const accepted = await create('worker-killed');
      await virtgate.killAndAwaitRestart('worker');
      expect((await virtgate.settled(accepted.body)).state).toBe('SUCCEEDED');
    }, 240_000);
  },
);
