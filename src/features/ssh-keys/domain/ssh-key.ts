/** A public key that a project keeps under a name, for its machines. */
export interface SshKey {
  id: string;
  projectId: string;
  name: string;
  /** In OpenSSH's one-line format. It stays what it is: another key is another name. */
  publicKey: string;
  /** As `ssh-keygen -l` shows it. */
  fingerprint: string;
  /** Every new machine that names no keys of its own has it. */
  automatic: boolean;
  createdBy: { type: string; id: string; name: string };
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/** Changes with what a person may change. */
export const sshKeyVersion = ({ id, version }: Pick<SshKey, 'id' | 'version'>): string =>
  `ssh-key/${id}/${version}`;
