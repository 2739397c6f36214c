import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import FindMyWay from 'find-my-way';
import { methodNotAllowed, routeNotFound } from '../../kernel/failures.js';
import { sendFailure } from './failure-replies.js';

export interface Route {
  method: string;
  /** The path template, with `:name` for parameters. */
  path: string;
}

const noop = () => {};

/** Every route that Fastify has, so that a known path with a wrong method is told from an unknown path. */
@Injectable()
export class RouteTable {
  readonly #paths = FindMyWay({ ignoreTrailingSlash: false });
  readonly #routes: Route[] = [];
  readonly #known = new Set<string>();

  /** Must come before the first route. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ method, url }) => {
      // The preflight route of CORS is at every path, which says nothing about what is there.
      if (url === '*' || url === '/*') return;
      for (const one of [method].flat()) this.#add(String(one).toUpperCase(), url);
    });
  }

  get routes(): readonly Route[] {
    return this.#routes;
  }

  /** The methods that some route answers at this path; empty where there is none. */
  methodsAt(path: string): string[] {
    return [...new Set(this.#routes.map((route) => route.method))]
      .filter((method) => this.#paths.find(method as FindMyWay.HTTPMethod, path) !== null)
      .sort();
  }

  /** 404, or 405 with `Allow`; OPTIONS of a known path is answered here, too. */
  answerUnknown(request: FastifyRequest, reply: FastifyReply): void {
    const path = request.url.split('?', 1)[0] as string;
    const methods = this.methodsAt(path);
    if (methods.length === 0) {
      sendFailure(request, reply, routeNotFound(`There is nothing at ${path.slice(0, 200)}.`));
      return;
    }
    const allow = [...new Set([...methods, 'OPTIONS'])].join(', ');
    reply.header('allow', allow);
    if (request.method === 'OPTIONS') reply.code(204).send();
    else {
      const hint = `Use ${allow}.`;
      sendFailure(request, reply, methodNotAllowed(`${request.method} is not possible here.`, { hint }));
    }
  }

  #add(method: string, path: string): void {
    const key = `${method} ${path}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.#routes.push({ method, path });
    this.#paths.on(method as FindMyWay.HTTPMethod, path, noop);
  }
}
