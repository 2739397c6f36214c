import { Failure } from '../../kernel/failure.js';
import { CheckedImportPolicy } from './checked-import-policy.js';
import { checkRegistryUrl, readRegistryUrl } from './registry-url.js';

const digest = `sha256:${'a'.repeat(64)}`;
const code = (work: () => unknown): string | undefined => {
  try {
    work();
  } catch (error) {
    return error instanceof Failure ? error.code : String(error);
  }
};

describe('registry addresses', () => {
  it.each([
    ['docker://quay.io/containerdisks/debian:12', 'https://quay.io/v2/'],
    ['docker://127.0.0.1:5000/debian', 'https://127.0.0.1:5000/v2/'],
    [`docker://quay.io/containerdisks/debian@${digest}`, 'https://quay.io/v2/'],
    [`docker://localhost/a/b__c:x_1.2-3@${digest}`, 'https://localhost/v2/'],
    ['docker://kubevirt/fedora-cloud-container-disk-demo', 'https://registry-1.docker.io/v2/'],
    ['docker://fedora:39', 'https://registry-1.docker.io/v2/'],
  ])('%s is asked of %s', (text, apiUrl) => {
    expect(readRegistryUrl(text)).toEqual({ url: text, apiUrl });
  });

  it.each([
    'quay.io/debian',
    'https://quay.io/debian',
    'oci-archive://a/b',
    'docker://',
    'docker://user:secret@quay.io/debian',
    'docker://user@quay.io/debian',
    'docker://quay.io/',
    'docker://quay.io/Debian',
    'docker://quay.io/debian:',
    'docker://quay.io/debian@sha256:1',
    `docker://quay.io/debian@${digest}@${digest}`,
    'docker://quay.io/../etc',
    'docker://quay.io/a b',
    'docker://quay.io/a?x=y',
    'docker://quay.io//a',
    `docker://quay.io/${'a'.repeat(2000)}`,
  ])('refuses %s', (text) => {
    expect(code(() => readRegistryUrl(text))).toBe('import.registry_invalid');
  });

  it('lets pass only hosts that the policy lets pass', async () => {
    const policy = new CheckedImportPolicy({
      allowedHosts: ['127.0.0.1:5000'],
      resolve: async () => ['10.0.0.7'],
    });
    await expect(checkRegistryUrl(policy, 'docker://127.0.0.1:5000/debian')).resolves.toBeUndefined();
    for (const url of [
      'docker://127.0.0.1:5001/debian',
      'docker://registry.cluster.local/debian',
      'docker://rebound.example.org/debian',
      'docker://169.254.169.254.:80/debian',
    ]) {
      await expect(checkRegistryUrl(policy, url)).rejects.toMatchObject({
        code: expect.stringMatching(/^import\.url_(forbidden|invalid)$/),
      });
    }
  });
});
