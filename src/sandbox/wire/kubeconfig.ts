import { stringify } from 'yaml';
import { writeSecret } from './certificates.js';

/** Writes a kubeconfig (mode 600) that logs one user in by token. `authority` is PEM. */
export function writeKubeconfig(
  path: string,
  options: { url: string; authority: string; user: string; token: string },
): void {
  const name = 'virtgate-sandbox';
  writeSecret(
    path,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name,
          cluster: {
            server: options.url,
            'certificate-authority-data': Buffer.from(options.authority).toString('base64'),
          },
        },
      ],
      users: [{ name: options.user, user: { token: options.token } }],
      contexts: [{ name, context: { cluster: name, user: options.user, namespace: 'default' } }],
      'current-context': name,
    }),
  );
}
