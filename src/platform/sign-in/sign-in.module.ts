import { type DynamicModule, Module } from '@nestjs/common';
import { ClusterClient } from '../cluster/cluster-client.js';
import { type ExternalIdentity, ExternalSignIn } from './external-sign-in.js';
import { KubernetesSignIn } from './kubernetes-sign-in.js';
import type { OidcIssuerOptions } from './oidc-options.js';
import { OidcSignIn } from './oidc-sign-in.js';

export interface SignInOptions {
  oidc: readonly OidcIssuerOptions[];
  /** The audience that Kubernetes tokens must be for; null: none are taken. */
  kubernetesAudience: string | null;
}

/** The ways to sign in with what others made, in turn. */
class SignInChain extends ExternalSignIn {
  readonly aliases: readonly string[];

  constructor(private readonly ways: readonly ExternalSignIn[]) {
    super();
    this.aliases = ways.flatMap(({ aliases }) => aliases);
  }

  async identify(token: string): Promise<ExternalIdentity | null> {
    for (const way of this.ways) {
      const identity = await way.identify(token);
      if (identity) return identity;
    }
    return null;
  }
}

/** Needs ClusterClient, which the cluster module exports. */
@Module({})
export class SignInModule {
  static forRoot({ oidc, kubernetesAudience }: SignInOptions, cluster: DynamicModule): DynamicModule {
    const signIn = {
      provide: ExternalSignIn,
      inject: [ClusterClient],
      useFactory: (client: ClusterClient) =>
        new SignInChain([
          ...(oidc.length > 0 ? [new OidcSignIn(oidc)] : []),
          ...(kubernetesAudience === null ? [] : [new KubernetesSignIn(client, kubernetesAudience)]),
        ]),
    };
    return { module: SignInModule, imports: [cluster], providers: [signIn], exports: [ExternalSignIn] };
  }
}
