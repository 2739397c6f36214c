import { decodeJwt } from 'jose';
import { unavailable } from '../../kernel/failures.js';
import type { ClusterClient, ClusterObject } from '../cluster/cluster-client.js';
import { TOKEN_REVIEW } from '../cluster/kinds.js';
import {
  EXTERNAL_NAME,
  type ExternalIdentity,
  ExternalSignIn,
  isCanonicalJwt,
  LONGEST_TOKEN,
} from './external-sign-in.js';
import { KUBERNETES_ALIAS } from './oidc-options.js';

/** A token that does not say when it ends is asked about again after this long. */
const OPAQUE_LIFETIME_MS = 600_000;

interface ReviewStatus {
  authenticated?: boolean;
  audiences?: string[];
  user?: { username?: string; groups?: string[] };
}

/**
 * Tokens of the cluster's users and service accounts, which the cluster itself is asked about
 * (authentication.k8s.io/v1 TokenReview). Only those made for our audience: a token for the API server itself must not
 * be worth anything to a stranger who gets to see it, virtgate included.
 */
export class KubernetesSignIn extends ExternalSignIn {
  readonly aliases = [KUBERNETES_ALIAS];

  constructor(
    private readonly cluster: ClusterClient,
    private readonly audience: string,
  ) {
    super();
  }

  async identify(token: string): Promise<ExternalIdentity | null> {
    if (token.length > LONGEST_TOKEN || token.startsWith('vgt_')) return null;
    if (token.split('.').length === 3 && !isCanonicalJwt(token)) return null;
    const review = await this.#review(token);
    const { authenticated, audiences, user } = (review.status ?? {}) as ReviewStatus;
    // A server that knows nothing of audiences answers without them; its word is not for us.
    if (authenticated !== true || !audiences?.includes(this.audience)) return null;
    const name = `${KUBERNETES_ALIAS}/${user?.username ?? ''}`;
    if (!EXTERNAL_NAME.test(name)) return null;
    const groups = (user?.groups ?? []).map((group) => `${KUBERNETES_ALIAS}/${group}`);
    return {
      name,
      groups: groups.filter((group) => EXTERNAL_NAME.test(group)).sort(),
      expiresAt: expiryOf(token),
    };
  }

  async #review(token: string): Promise<ClusterObject> {
    const spec = { token, audiences: [this.audience] };
    try {
      return await this.cluster.create(TOKEN_REVIEW, null, { metadata: { name: '' }, spec });
    } catch (cause) {
      // Whatever it is, it says nothing about the token; and a right that virtgate lacks is not the caller's.
      throw unavailable('The cluster cannot be asked about the token.', { cause });
    }
  }
}

/** The cluster has checked it; we only want to know how long that holds. */
function expiryOf(token: string): Date {
  const asked = Date.now() + OPAQUE_LIFETIME_MS;
  try {
    const { exp } = decodeJwt(token);
    return new Date(exp === undefined ? asked : exp * 1000);
  } catch {
    return new Date(asked);
  }
}
