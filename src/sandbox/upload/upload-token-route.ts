import { CLAIMS } from '../controllers/reconciliation.js';
import { isUploadTarget } from '../controllers/upload-target.js';
import type { ObjectStore } from '../store/object-store.js';
import { StatusError } from '../store/status-error.js';
import type { SubresourceRoute } from '../wire/extension.js';
import type { UploadTokens } from './upload-tokens.js';

const GROUP = 'upload.cdi.kubevirt.io';

/** CDI's aggregated API: POST .../uploadtokenrequests answers with a token for the claim of `spec.pvcName`. */
export function uploadTokenRoute(store: ObjectStore, tokens: UploadTokens): SubresourceRoute {
  return {
    group: GROUP,
    versions: ['v1beta1'],
    resource: 'uploadtokenrequests',
    subresource: '',
    method: 'POST',
    async handle({ namespace, body }) {
      const name: unknown = body?.spec?.pvcName;
      if (typeof name !== 'string' || name === '') throw refused('spec.pvcName is missing');
      const claim = store.get(CLAIMS, namespace, name);
      if (!claim) throw refused(`persistentvolumeclaims "${name}" not found`);
      if (!isUploadTarget(claim)) throw refused(`PVC ${name} is not an upload target`);
      return {
        code: 201,
        body: {
          kind: 'UploadTokenRequest',
          apiVersion: `${GROUP}/v1beta1`,
          metadata: { ...body.metadata, namespace, creationTimestamp: null },
          spec: { pvcName: name },
          status: { token: await tokens.issue({ namespace, name }) },
        },
      };
    },
  };
}

const refused = (why: string) => new StatusError(400, 'BadRequest', why);
