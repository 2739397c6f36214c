import { Injectable } from '@nestjs/common';
import passport from 'passport';
import { Strategy } from 'passport-http-bearer';
import { Failure } from '../../kernel/failure.js';
import { unauthenticated } from '../../kernel/failures.js';
import type { Principal } from '../../kernel/principal.js';
import { currentContext } from '../context/request-context.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { AccessPort } from './access-port.js';

const BEARER = /^bearer +(\S+)$/i;

type Callback = (error: unknown, principal?: Principal | false) => void;

/** Who a request's credential stands for. One per kind of credential; bearer tokens are the only kind so far. */
@Injectable()
export class Authenticator {
  readonly #passport = new passport.Passport();

  constructor(
    private readonly access: AccessPort,
    private readonly limits: RateLimits,
  ) {
    // The types know Express requests only; the strategy reads nothing but what `authenticate` hands it.
    this.#passport.use(
      new Strategy((token: string, done: Callback) => {
        this.access.authenticate(token).then((principal) => done(null, principal), done);
      }),
    );
  }

  /**
   * The principal behind an Authorization header; throws auth.unauthenticated, and request.rate_limited to an address
   * that has shown too many credentials that are good for nothing (known good ones pass: others may share the address).
   */
  async authenticate(authorization: string | undefined): Promise<Principal> {
    if (authorization === undefined) throw unauthenticated();
    const token = BEARER.exec(authorization)?.[1];
    const address = currentContext()?.sourceAddress;
    if (token === undefined || !address) return this.#ask(authorization);
    if (!this.access.remembers(token)) this.limits.checkAddress(address);
    try {
      return await this.#ask(authorization);
    } catch (error) {
      if (error instanceof Failure && error.kind === 'unauthenticated')
        await this.limits.failedSignIn(address);
      throw error;
    }
  }

  /**
   * The header is all that passport sees: the strategy would also take a token from the query or the body, where logs
   * and histories keep it.
   */
  #ask(authorization: string): Promise<Principal> {
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
