import { Controller, Get, Header, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { failureCatalogue } from '../../kernel/failure.js';
import { routeNotFound } from '../../kernel/failures.js';
import { Public } from '../access/requires.js';
import { statusOf } from '../http/http-failures.js';
import { HttpOptions } from '../http/http-options.js';
import { publicUrl } from '../http/public-url.js';
import { OpenApiDocument } from './open-api-document.js';
import { docsPage, errorsPage, graphiqlPage, landingPage } from './page.js';
import { PageAssets } from './page-assets.js';

/** Everything from here and nothing from elsewhere; scripts from files only. Styles: Swagger UI and Monaco write some. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HTML = 'text/html; charset=utf-8';

/** What a person sees. Holds no data: the pages call the API with the token that the person gives them. */
@ApiExcludeController()
@Public()
@Controller()
export class PagesController {
  constructor(
    private readonly options: HttpOptions,
    private readonly openApi: OpenApiDocument,
    private readonly assets: PageAssets,
  ) {}

  @Get()
  @Header('content-type', HTML)
  @Header('content-security-policy', POLICY)
  landing(@Req() request: FastifyRequest): string {
    return landingPage(publicUrl(this.options, request.server.server));
  }

  @Get('docs')
  @Header('content-type', HTML)
  @Header('content-security-policy', POLICY)
  docs(): string {
    return docsPage();
  }

  @Get('graphiql')
  @Header('content-type', HTML)
  @Header('content-security-policy', POLICY)
  graphiql(): string {
    return graphiqlPage();
  }

  @Get('errors')
  @Header('content-type', HTML)
  @Header('content-security-policy', POLICY)
  errors(): string {
    return errorsPage(
      failureCatalogue().map((definition) => ({ ...definition, status: statusOf(definition) })),
    );
  }

  @Get('api/openapi.json')
  @Header('content-type', 'application/json; charset=utf-8')
  document(): string {
    return this.openApi.text();
  }

  @Get('assets/:name')
  async asset(
    @Param('name') name: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const asset = await this.assets.get(name);
    if (!asset) throw routeNotFound();
    const gzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    reply.headers({
      'content-type': asset.type,
      'cache-control': 'public, max-age=3600',
      vary: 'accept-encoding',
      ...(gzip ? { 'content-encoding': 'gzip' } : {}),
    });
    // Workers have a policy of their own: that of their file.
    if (name.endsWith('.js')) reply.header('content-security-policy', POLICY);
    await reply.send(gzip ? asset.gzipped : asset.bytes);
  }
}
