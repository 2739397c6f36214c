import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootProbeSector, probeKvm } from './kvm-probe.js';
import { findQemuTools } from './qemu-tools.js';

const tools = findQemuTools();
const withQemu = tools ? it : it.skip;

describe('KVM probe', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'virtgate-kvm-'));
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  withQemu('its boot sector reaches long mode and ends QEMU where the processor is sound', async () => {
    const qemu = tools?.system ?? '';
    expect(await bootProbeSector(qemu, ['-accel', 'tcg', '-cpu', 'max'], 20_000)).toMatchObject({
      works: true,
    });
  });

  withQemu('says no when the sector does not get through in time', async () => {
    const verdict = await bootProbeSector(tools?.system ?? '', ['-accel', 'tcg', '-cpu', 'max'], 1);
    expect(verdict).toEqual({ works: false, reason: 'a probe guest did not boot within 1 ms' });
  });

  it('says no where there is no device, or no QEMU', async () => {
    const options = { qemu: join(directory, 'no-qemu'), cacheFile: join(directory, 'verdict.json') };
    expect(await probeKvm({ ...options, device: join(directory, 'no-kvm') })).toMatchObject({ works: false });
    expect(await probeKvm({ ...options, device: '/dev/null' })).toMatchObject({ works: false });
  });

  it('asks once and remembers, for this machine and this QEMU', async () => {
    const qemu = join(directory, 'qemu');
    const count = join(directory, 'count');
    // Not a QEMU, but a program that ends as the probe's QEMU does.
    await writeFile(qemu, `#!/bin/sh\n[ -e ${count} ] && exit 1\n: > ${count}\nexit 99\n`, { mode: 0o755 });
    const options = { qemu, cacheFile: join(directory, 'cache', 'verdict.json'), device: '/dev/null' };
    expect(await probeKvm(options)).toMatchObject({ works: true });
    expect(await probeKvm(options)).toMatchObject({ works: true });
    expect(await probeKvm({ ...options, cacheFile: join(directory, 'other.json') })).toMatchObject({
      works: false,
    });
  });
});
