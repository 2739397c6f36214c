import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { AdvisoryLockLeadership } from './advisory-lock-leadership.js';

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1500 && !condition(); i += 1) await sleep(20);
  expect(condition()).toBe(true);
}

describe('AdvisoryLockLeadership', () => {
  let fresh: FreshDatabase;
  const workers: AdvisoryLockLeadership[] = [];
  const worker = () => {
    const one = new AdvisoryLockLeadership(fresh.url);
    workers.push(one);
    one.start();
    return one;
  };

  beforeEach(async () => {
    fresh = await freshDatabase();
  });
  afterEach(async () => {
    for (const one of workers.splice(0)) await one.stop();
    await fresh.close();
  });

  it('gives the lead to one, and to another when that one stops', async () => {
    const all = [worker(), worker(), worker()];
    await until(() => all.some((one) => one.leading));
    await sleep(1200);
    const [first] = all.filter((one) => one.leading);
    expect(all.filter((one) => one.leading)).toHaveLength(1);
    await first!.stop();
    expect(first!.leading).toBe(false);
    await until(() => all.some((one) => one !== first && one.leading));
    expect(all.filter((one) => one.leading)).toHaveLength(1);
  });

  it('takes the lead from one who stands still', async () => {
    const still = new pg.Client({ connectionString: fresh.url });
    let ended = false;
    still.on('error', () => {});
    still.on('end', () => {
      ended = true;
    });
    await still.connect();
    await still.query('SELECT pg_advisory_lock($1)', [0x76676c64]);
    const one = new AdvisoryLockLeadership(fresh.url, 1000);
    workers.push(one);
    one.start();
    await until(() => one.leading);
    expect(ended).toBe(true);
  }, 60_000);

  it('loses the lead with its connection, tells so, and campaigns again', async () => {
    const told: string[] = [];
    const one = worker();
    one.onElected(() => told.push('elected'));
    one.onDeposed(() => told.push('deposed'));
    await until(() => one.leading);
    const client = new pg.Client({ connectionString: fresh.url });
    await client.connect();
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'virtgate leadership' AND datname = current_database()`,
    );
    await client.end();
    await until(() => told.length === 3);
    expect(told).toEqual(['elected', 'deposed', 'elected']);
  });
});
