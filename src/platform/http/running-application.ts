import { Injectable } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** The application itself, for what describes it as a whole (OpenAPI). There once it is initialised. */
@Injectable()
export class RunningApplication {
  app: NestFastifyApplication | null = null;
}
