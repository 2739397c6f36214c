import { Logger } from '@nestjs/common';
import { redisIsInstalled, startRedis, type TestRedis } from '../../../test/support/redis.js';
import { RequestCounts } from './request-counts.js';

describe('counts of requests', () => {
  it('are by key, and say how long their window lasts', async () => {
    const counts = new RequestCounts(null);
    expect((await counts.add('a', 2)).used).toBe(2);
    const { used, resetMs } = await counts.add('a', 3);
    expect([used, resetMs > 0, resetMs <= 60_000]).toEqual([5, true, true]);
    expect((await counts.add('b', 1)).used).toBe(1);
    counts.close();
  });

  const onRedis = redisIsInstalled ? describe : describe.skip;
  onRedis(`on Redis${redisIsInstalled ? '' : ' (skipped: needs redis-server)'}`, () => {
    let redis: TestRedis;
    let gateways: RequestCounts[];

    beforeAll(async () => {
      Logger.overrideLogger(false);
      redis = await startRedis();
      gateways = [new RequestCounts(redis.url), new RequestCounts(redis.url)];
    });

    afterAll(async () => {
      for (const gateway of gateways) gateway.close();
      await redis.close();
    });

    /** The connection may still be coming, and until then each counts by itself. */
    const shared = async (key: string): Promise<void> => {
      for (let i = 0; i < 600; i += 1) {
        const own = (await gateways[0]!.add(`${key}-${i}`, 1)).used;
        if (own + (await gateways[1]!.add(`${key}-${i}`, 1)).used === 3) return;
        await new Promise((later) => setTimeout(later, 100));
      }
      throw new Error('the gateways do not count together');
    };

    it('are those of all gateways, and of each by itself while Redis is away', async () => {
      await shared('first');
      expect((await gateways[0]!.add('x', 4)).used).toBe(4);
      expect((await gateways[1]!.add('x', 1)).used).toBe(5);
      await redis.kill();
      expect((await gateways[0]!.add('y', 1)).used).toBe(1);
      expect((await gateways[1]!.add('y', 1)).used).toBe(1);
      await redis.restart();
      await shared('again');
    }, 120_000);
  });
});
