import type { DynamicModule } from '@nestjs/common';
import { readOidcIssuers } from '../platform/sign-in/oidc-options.js';
import { SignInModule } from '../platform/sign-in/sign-in.module.js';
import type { Settings } from './config/settings.js';

/** Whose tokens are taken besides our own. */
export function signIn(settings: Settings, cluster: DynamicModule): DynamicModule {
  const oidc = settings.OIDC_ISSUERS === null ? [] : readOidcIssuers(settings.OIDC_ISSUERS);
  return SignInModule.forRoot({ oidc, kubernetesAudience: settings.KUBERNETES_TOKEN_AUDIENCE }, cluster);
}
