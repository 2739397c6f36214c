import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kept } from './results.js';

/** `npm run bench`: one after the other, and all results in one table at the end. About ten minutes on a quiet machine. */
const BENCHES = ['bench', 'stream.bench', 'tenants.bench', 'console.bench'];
/** Unless somebody says otherwise: enough for stable medians, and no more. */
const SIZES = { BENCH_TENANTS_SECONDS: '2' };

const scratch = mkdtempSync(join(tmpdir(), 'virtgate-bench-'));
const results = join(scratch, 'results');
writeFileSync(results, '');
const failed: string[] = [];
const started = performance.now();
for (const bench of BENCHES) {
  const from = performance.now();
  console.log(`\n== ${bench}`);
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, `${bench}.ts`)], {
    stdio: 'inherit',
    env: { ...SIZES, ...process.env, BENCH_RESULTS: results },
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) failed.push(bench);
  console.log(`   ${Math.round((performance.now() - from) / 1000)} s`);
}
console.log(`\n== all, in ${((performance.now() - started) / 60_000).toFixed(1)} minutes`);
console.table(kept(results));
rmSync(scratch, { recursive: true, force: true });
if (failed.length > 0) {
  console.log(`MISSED or failed: ${failed.join(', ')} (said above)`);
  process.exitCode = 1;
}
