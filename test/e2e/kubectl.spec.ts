import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeWith } from '../support/machines.js';
import { until, Virtgate } from '../support/virtgate.js';

const run = promisify(execFile);

describeWith(['kubectl'], 'kubectl drives the sandbox', () => {
  let virtgate: Virtgate;
  let namespace: string;
  const scratch = mkdtempSync(join(tmpdir(), 'virtgate-kubectl-'));

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated' } });
    const { body } = await virtgate.rest('POST', '/projects/demo/vms', {
      name: 'seen',
      instanceType: 'u1.nano',
      bootDisk: { blank: true, size: '64Mi' },
      labels: { tier: 'web' },
    });
    expect((await virtgate.settled(body)).state).toBe('SUCCEEDED');
    namespace = (
      await kubectl('get', 'ns', '-l', 'virtgate.io/project=demo', '-o', 'jsonpath={.items[0].metadata.name}')
    ).trim();
  }, 180_000);

  afterAll(async () => {
    await virtgate?.stop();
    rmSync(scratch, { recursive: true, force: true });
  }, 60_000);

  const kubectl = async (...args: string[]): Promise<string> => {
    const { stdout, stderr } = await run('kubectl', [
      '--kubeconfig',
      virtgate.kubeconfig,
      `--cache-dir=${scratch}/cache`,
      ...args,
    ]);
    return stdout + stderr;
  };
  const manifest = (body: unknown): string => {
    const file = join(scratch, `${Math.random().toString(36).slice(2)}.json`);
    writeFileSync(file, JSON.stringify(body));
    return file;
  };

  it('gets all kinds, everywhere', async () => {
    const all = await kubectl('get', 'vm,vmi,dv,pvc,pods', '-A');
    for (const line of [
      /virtualmachine\.kubevirt\.io\/seen\s.*Running\s+True/,
      /virtualmachineinstance\.kubevirt\.io\/seen\s.*Running/,
      /datavolume\.cdi\.kubevirt\.io\/seen-root\s+Succeeded\s+100\.0%/,
      /persistentvolumeclaim\/seen-root\s+Bound/,
      /pod\/virt-launcher-seen-\w+\s+\S+\s+Running/,
    ]) {
      expect(all).toMatch(line);
    }
  });

  it('gets wide tables', async () => {
    const wide = await kubectl('get', 'vmi', '-n', namespace, '-o', 'wide');
    expect(wide.split('\n')[0]).toMatch(
      /NAME\s+AGE\s+PHASE\s+IP\s+NODENAME\s+READY\s+LIVE-MIGRATABLE\s+PAUSED/,
    );
  });

  it('watches', async () => {
    const child = spawn('kubectl', ['--kubeconfig', virtgate.kubeconfig, 'get', 'vm', '-n', namespace, '-w']);
    let seen = '';
    child.stdout.on('data', (chunk) => {
      seen += chunk;
    });
    try {
      await until('the first rows', () => /seen\s/.test(seen));
      await virtgate.settled(
        (await virtgate.rest('POST', '/projects/demo/vms/seen/stop', { force: true })).body,
      );
      await until('Stopped is told', () => /seen\s+\S+\s+Stopped\s+False/.test(seen));
      await virtgate.settled((await virtgate.rest('POST', '/projects/demo/vms/seen/start')).body);
      await until('Running is told', () => /Stopped[\s\S]*seen\s+\S+\s+Running\s+True/.test(seen));
    } finally {
      child.kill();
    }
  }, 240_000);

  it('applies, changes, labels, describes and deletes a machine that virtgate did not make', async () => {
    const vm = {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: { name: 'by-hand', namespace },
      spec: {
        runStrategy: 'Halted',
        dataVolumeTemplates: [
          {
            metadata: { name: 'by-hand-root' },
            spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '64Mi' } } } },
          },
        ],
        template: {
          spec: {
            domain: {
              devices: { disks: [{ name: 'root', disk: { bus: 'virtio' } }] },
              memory: { guest: '128Mi' },
            },
            volumes: [{ name: 'root', dataVolume: { name: 'by-hand-root' } }],
          },
        },
      },
    };
    expect(await kubectl('apply', '-f', manifest(vm))).toContain(
      'virtualmachine.kubevirt.io/by-hand created',
    );
    expect(await kubectl('apply', '-f', manifest(vm))).toContain(
      'virtualmachine.kubevirt.io/by-hand unchanged',
    );
    vm.spec.runStrategy = 'Always';
    expect(await kubectl('apply', '-f', manifest(vm))).toContain(
      'virtualmachine.kubevirt.io/by-hand configured',
    );
    await kubectl('wait', '-n', namespace, 'vm/by-hand', '--for=condition=Ready', '--timeout=90s');
    await kubectl(
      'patch',
      'vm',
      'by-hand',
      '-n',
      namespace,
      '--type=merge',
      '-p',
      '{"spec":{"template":{"spec":{"domain":{"memory":{"guest":"160Mi"}}}}}}',
    );
    await kubectl(
      'patch',
      'vm',
      'by-hand',
      '-n',
      namespace,
      '--type=json',
      '-p',
      '[{"op":"add","path":"/metadata/labels","value":{"a":"b"}}]',
    );
    await kubectl('label', 'vm', 'by-hand', '-n', namespace, 'c=d');
    expect(await kubectl('get', 'vm', '-n', namespace, '-l', 'a=b,c in (d,e)', '-o', 'name')).toContain(
      'by-hand',
    );
    let described = '';
    await until(
      'it is described as it is',
      async () => {
        described = await kubectl('describe', 'vm', 'by-hand', '-n', namespace);
        return /Printable Status:\s+Running[\s\S]*Events:[\s\S]*SuccessfulCreate/.test(described);
      },
      60_000,
      () => described,
    );
    await until('virtgate sees it', async () => {
      const { body } = await virtgate.rest('GET', '/projects/demo/vms/by-hand');
      return body.state === 'Running' && body.restartRequired === true;
    });
    expect(await kubectl('delete', 'vm', 'by-hand', '-n', namespace, '--timeout=90s')).toContain('deleted');
    // What belongs to it goes after it.
    await until('its disk has gone with it', () =>
      kubectl('get', 'pvc', 'by-hand-root', '-n', namespace).then(
        () => false,
        (error) => /not found/.test(String(error)),
      ),
    );
  }, 300_000);

  it('answers what a tenant may do', async () => {
    const as = ['--as=virtgate:user:someone', '--as-group=virtgate:project:demo:viewer', '-n', namespace];
    expect(await kubectl('auth', 'can-i', 'get', 'virtualmachines.kubevirt.io', ...as)).toContain('yes');
    await expect(kubectl('auth', 'can-i', 'delete', 'virtualmachines.kubevirt.io', ...as)).rejects.toThrow();
    await expect(kubectl('auth', 'can-i', 'list', 'secrets', ...as)).rejects.toThrow();
    await expect(kubectl('get', 'vm', '-n', 'default', ...as.slice(0, 2))).rejects.toThrow(/forbidden/);
  });
});
