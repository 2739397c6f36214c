import type { KubeObject, Untyped } from '../store/kube-object.js';
import type { ExportedVolume } from './exported-volumes.js';

/** Where the export server listens, and who vouches for it. */
export interface ExportAddress {
  /** `https://host:port` */
  url: string;
  /** PEM. */
  authority: string;
}

/** The path below which everything of one export is. */
export function exportPath(wanted: KubeObject): string {
  const { namespace, name } = wanted.metadata;
  return `/api/export.kubevirt.io/v1/namespaces/${namespace}/virtualmachineexports/${name}`;
}

/** The links that a ready export shows. All clients are on this machine, so inside and outside are one. */
export function exportLinks(
  wanted: KubeObject,
  volumes: readonly ExportedVolume[],
  hasMachine: boolean,
  { url, authority }: ExportAddress,
): Untyped {
  const base = `${url}${exportPath(wanted)}`;
  const link = {
    cert: authority,
    volumes: volumes.map(({ name }) => ({
      name,
      formats: [
        { format: 'raw', url: `${base}/volumes/${name}/disk.img` },
        { format: 'gzip', url: `${base}/volumes/${name}/disk.img.gz` },
      ],
    })),
    ...(hasMachine
      ? {
          manifests: [
            { type: 'all', url: `${base}/external/manifests/all` },
            { type: 'auth-header-secret', url: `${base}/external/manifests/secret` },
          ],
        }
      : {}),
  };
  return { internal: link, external: structuredClone(link) };
}
