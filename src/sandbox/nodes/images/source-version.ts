import { createHash } from 'node:crypto';
import { type ImageSource } from '../disk-images.js';
import { basicAuthorization, type Fetching, fetchFollowing, unexpectedStatus } from './image-download.js';
import { containerDiskDigest, isRegistryUrl } from './registry-image.js';

/** See `DiskImages.versionOf`: a registry's digest as it is, anything else of HTTP's in the same form. */
export async function versionOfSource(source: ImageSource, fetching: Fetching): Promise<string> {
  if (isRegistryUrl(source.url)) {
    return containerDiskDigest(source, fetching);
  }
  const response = await fetchFollowing(fetching.policy.check(source.url), {
    ...fetching,
    method: 'HEAD',
    authorization: basicAuthorization(source),
  });
  response.destroy();
  if (response.statusCode !== 200) {
    throw unexpectedStatus(response);
  }
  const { etag, 'last-modified': modified, 'content-length': length } = response.headers;
  const marks = JSON.stringify([source.url, etag ?? [modified, length]]);
  return `sha256:${createHash('sha256').update(marks).digest('hex')}`;
}
