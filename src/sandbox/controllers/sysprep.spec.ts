import type { KubeObject } from '../store/kube-object.js';
import { MissingSecret } from './cloud-init.js';
import type { World } from './reconciliation.js';
import { sysprepOf, UselessSysprep } from './sysprep.js';

const vmi = (sysprep: object, disk: object = { cdrom: { bus: 'sata' } }): KubeObject =>
  ({
    metadata: { name: 'win', namespace: 'team' },
    spec: {
      domain: { devices: { disks: [{ name: 'answers', ...disk }] } },
      volumes: [
        { name: 'root', dataVolume: { name: 'root' } },
        { name: 'answers', sysprep },
      ],
    },
  }) as unknown as KubeObject;
const world = (found: Record<string, object>): World =>
  ({ get: (kind: string, _namespace: string, name: string) => found[`${kind}/${name}`] }) as unknown as World;
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe("the CD for Windows' setup", () => {
  it('has the files of its secret', () => {
    const secret = { data: { 'Unattend.XML': base64('<unattend/>'), 'more.ps1': base64('more') } };
    expect(sysprepOf(vmi({ secret: { name: 'answers' } }), world({ 'secrets/answers': secret }))).toEqual([
      { name: 'answers', bus: 'sata', bootOrder: undefined, files: secret.data },
    ]);
  });

  it('has those of its config map', () => {
    const map = { data: { 'autounattend.xml': '<unattend/>' } };
    expect(
      sysprepOf(
        vmi({ configMap: { name: 'answers' } }, { cdrom: { bus: 'scsi' }, bootOrder: 2 }),
        world({ 'configmaps/answers': map }),
      ),
    ).toEqual([
      { name: 'answers', bus: 'scsi', bootOrder: 2, files: { 'autounattend.xml': base64('<unattend/>') } },
    ]);
  });

  it('cannot be made of nothing, or of what Windows would not look for', () => {
    const machine = vmi({ secret: { name: 'answers' } });
    expect(() => sysprepOf(machine, world({}))).toThrow(MissingSecret);
    const other = { data: { 'answers.xml': base64('x') } };
    expect(() => sysprepOf(machine, world({ 'secrets/answers': other }))).toThrow(UselessSysprep);
    expect(sysprepOf({ ...machine, spec: { ...machine.spec, volumes: [] } }, world({}))).toBeUndefined();
  });
});
