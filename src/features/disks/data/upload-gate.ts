import { rootCertificates } from 'node:tls';
import { Injectable } from '@nestjs/common';
import { Failure } from '../../../kernel/failure.js';
import { ClusterClient, type Impersonation } from '../../../platform/cluster/cluster-client.js';
import { ClusterTrust } from '../../../platform/cluster/cluster-trust.js';
import { PERSISTENT_VOLUME_CLAIM, UPLOAD_TOKEN_REQUEST } from '../../../platform/cluster/kinds.js';
import { uploadRefused, uploadUnavailable } from '../domain/disk-failures.js';
import { ANNOTATION, type DiskAddress } from '../domain/names.js';
import { formatUploadNote, type UploadNote } from '../domain/upload-note.js';
import { DiskCaches } from './disk-caches.js';
import type { UploadProxyAddress } from './upload-proxy.js';

/** The way to CDI's upload proxy, opened as the tenant, and what is written on the claim meanwhile. */
@Injectable()
export class UploadGate {
  constructor(
    private readonly cluster: ClusterClient,
    private readonly trust: ClusterTrust,
    private readonly caches: DiskCaches,
  ) {}

  /** A token of five minutes, in which the upload must have begun. Throws upload.unavailable, upload.refused. */
  async open({ namespace, name }: DiskAddress, as: Impersonation): Promise<UploadProxyAddress> {
    const text = this.caches.config?.uploadProxyUrl;
    if (!text)
      throw uploadUnavailable('CDI says no address of its upload proxy (CDIConfig, uploadProxyURL).');
    // A route of OpenShift is written as its host alone.
    const address = /^[a-z]+:\/\//i.test(text) ? text : `https://${text}`;
    const url = URL.canParse(address) ? new URL(address) : null;
    // The token goes nowhere in the clear.
    if (url?.protocol !== 'https:')
      throw uploadUnavailable('The address of CDI’s upload proxy is not https.');
    return { url, ca: await this.#authorities(), token: await this.#token(namespace, name, as) };
  }

  /** What was last noted of an upload, as far as it is seen here. */
  lastNote({ namespace, name, uid }: DiskAddress): UploadNote | null {
    const claim = this.caches.claims.get(namespace, name);
    return claim?.uid === uid ? claim.upload : null;
  }

  async note({ namespace, name, uid }: DiskAddress, note: UploadNote, as: Impersonation): Promise<void> {
    const annotations = { [ANNOTATION.upload]: formatUploadNote(note) };
    const body = { metadata: { uid, annotations } };
    await this.cluster.patch(PERSISTENT_VOLUME_CLAIM, namespace, name, { type: 'merge', body }, { as });
  }

  /** What CDI names; else the cluster's own and the public ones, for an ingress may stand in front. */
  async #authorities(): Promise<string | Buffer | undefined> {
    const named = this.caches.config?.uploadProxyCa;
    if (named) return named;
    const cluster = await this.trust.authority();
    return cluster && [cluster.toString(), ...rootCertificates].join('\n');
  }

  async #token(namespace: string, name: string, as: Impersonation): Promise<string> {
    const request = { metadata: { name }, spec: { pvcName: name } };
    try {
      const answer = await this.cluster.create(UPLOAD_TOKEN_REQUEST, namespace, request, { as });
      const token = answer.status?.token;
      if (typeof token === 'string' && token !== '') return token;
    } catch (error) {
      if (error instanceof Failure && error.kind === 'invalid') throw uploadRefused(error.message);
      throw error;
    }
    throw uploadUnavailable('CDI gave no token for the upload.');
  }
}
