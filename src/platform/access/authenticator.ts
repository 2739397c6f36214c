import { Injectable } from '@nestjs/common';
import passport from 'passport';
import { Strategy } from 'passport-http-bearer';
import { unauthenticated } from '../../kernel/failures.js';
import type { Principal } from '../../kernel/principal.js';
import { AccessPort } from './access-port.js';

type Callback = (error: unknown, principal?: Principal | false) => void;

/** Who a request's credential stands for. One per kind of credential; bearer tokens are the only kind so far. */
@Injectable()
export class Authenticator {
  readonly #passport = new passport.Passport();

  constructor(private readonly access: AccessPort) {
    // The types know Express requests only; the strategy reads nothing but what `authenticate` hands it.
    this.#passport.use(
      new Strategy((token: string, done: Callback) => {
        this.access.authenticate(token).then((principal) => done(null, principal), done);
      }),
    );
  }

  /**
   * The principal behind an Authorization header; throws auth.unauthenticated. The header is all that passport
   * sees: the strategy would also take a token from the query or the body, where logs and histories keep it.
   */
  authenticate(authorization: string | undefined): Promise<Principal> {
    if (authorization === undefined) return Promise.reject(unauthenticated());
    return new Promise((resolve, reject) => {
      const done: Callback = (error, principal) => {
        if (error) reject(error);
        else if (principal) resolve(principal);
        else reject(unauthenticated('The Authorization header carries no bearer token.'));
      };
      const middleware = this.#passport.authenticate('bearer', { session: false }, done);
      middleware({ headers: { authorization } }, {}, reject);
    });
  }
}
