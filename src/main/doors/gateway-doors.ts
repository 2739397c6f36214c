import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NestFactory } from '@nestjs/core';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { type Door, walkDoors } from '../../platform/access/doors.js';
import { SILENT_LOGGER } from '../../platform/cluster/cluster-logger.js';
import { loadSettings } from '../config/load-settings.js';
import { GatewayModule } from '../gateway.js';

const SCHEMA = fileURLToPath(new URL('../../../graphql', import.meta.url));

/** Doors of the gateway that no controller and no resolver opens; they check the caller by their own code. */
export const TRANSPORTS = [
  'GET /graphql',
  'POST /graphql',
  'GET /graphql/stream',
  'POST /graphql/stream',
  'WS /graphql',
  'WS /api/v1/consoles/:ticket',
] as const;

/** Every door of the gateway as it is composed, without a database or a cluster: nothing is started. */
export async function gatewayDoors(): Promise<Door[]> {
  const settings = loadSettings({
    DATABASE_URL: 'postgres://127.0.0.1/none',
    VIRTGATE_SECRET: 'of an application that never starts',
  });
  const app = await NestFactory.createApplicationContext(GatewayModule.of(settings, SILENT_LOGGER), {
    preview: true,
    logger: false,
    abortOnError: false,
  });
  return walkDoors(app);
}

/** What the files of `graphql/` say together. */
export function writtenSchema(): GraphQLSchema {
  const files = readdirSync(SCHEMA).filter((file) => file.endsWith('.graphql'));
  const text = files.map((file) => readFileSync(join(SCHEMA, file), 'utf8')).join('\n');
  return buildSchema(text, { assumeValidSDL: true });
}
