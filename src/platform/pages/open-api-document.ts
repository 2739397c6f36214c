import { Injectable } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { type Door, walkDoors } from '../access/doors.js';
import { RunningApplication } from '../http/running-application.js';
import { documentValidatedClasses } from './validated-schemas.js';

interface Parameter {
  name: string;
  in: 'header' | 'query' | 'path';
  required?: boolean;
  description?: string;
  schema: object;
}

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const MUTATING: ReadonlySet<string> = new Set(['post', 'put', 'patch', 'delete']);

/** OpenAPI 3.1 of the REST API, made from the controllers when it is first asked for. */
@Injectable()
export class OpenApiDocument {
  #text: string | null = null;

  constructor(private readonly running: RunningApplication) {}

  text(): string {
    this.#text ??= JSON.stringify(this.#build());
    return this.#text;
  }

  #build(): OpenAPIObject {
    const { app } = this.running;
    if (!app) throw new Error('The application is not initialised yet.');
    documentValidatedClasses();
    const description =
      'Self-service for virtual machines on KubeVirt. Errors are RFC 9457 problem details with a `code` from the ' +
      'list at /errors. The same is there as GraphQL at /graphql.';
    const config = new DocumentBuilder()
      .setOpenAPIVersion('3.1.0')
      .setTitle('virtgate')
      .setDescription(description)
      .setVersion('1')
      .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
      .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'A token: vgt_...' }, 'token')
      .build();
    const document = SwaggerModule.createDocument(app, config, {
      operationIdFactory: (controller, method) =>
        `${lowerFirst(controller.replace(/Controller$/, ''))}_${method}`,
      autoTagControllers: true,
    });
    document.servers = [{ url: '/' }];
    addProblem(document);
    const doors = new Map(walkDoors(app).map((door) => [templateOf(door), door]));
    for (const [path, item] of Object.entries(document.paths)) {
      for (const method of METHODS) {
        const operation = item[method];
        if (operation) complete(operation, method, path, doors.get(`${method.toUpperCase()} ${path}`));
      }
    }
    return document;
  }
}

const templateOf = ({ method, path }: Door): string => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`;

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** What every operation has, said once here instead of at every controller. */
function complete(operation: Operation, method: string, path: string, door: Door | undefined): void {
  const requirement = door?.requirement;
  operation.security = requirement?.kind === 'public' ? [] : [{ token: [] }];
  if (requirement?.kind === 'permission') {
    const where = requirement.on === 'any' ? 'somewhere' : `on the ${requirement.on}`;
    operation.description = [
      operation.description,
      `Needs the permission \`${requirement.permission}\` ${where}.`,
    ]
      .filter(Boolean)
      .join('\n\n');
  }
  operation.responses.default ??= {
    description: 'A problem: see the list of codes at /errors.',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  const parameters = [...(operation.parameters ?? [])];
  const add = (parameter: Parameter) => {
    if (!parameters.some((one) => 'name' in one && one.name.toLowerCase() === parameter.name.toLowerCase())) {
      parameters.push(parameter);
    }
  };
  // Those that the guard reads and no handler does.
  for (const [, name = ''] of path.matchAll(/\{(\w+)\}/g)) {
    add({ name, in: 'path', required: true, schema: { type: 'string' } });
  }
  if (MUTATING.has(method) && path.startsWith('/api/')) {
    add({
      name: 'dryRun',
      in: 'query',
      description: 'Run every check and do nothing.',
      schema: { type: 'boolean', default: false },
    });
    add({
      name: 'Idempotency-Key',
      in: 'header',
      description: 'The same key and request within 24 hours get the first answer again.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    });
  }
  operation.parameters = parameters;
}

function addProblem(document: OpenAPIObject): void {
  const text = { type: 'string' as const };
  document.components ??= {};
  document.components.schemas ??= {};
  document.components.schemas.Problem = {
    type: 'object',
    description: 'RFC 9457 problem details.',
    required: ['type', 'title', 'status', 'code', 'detail', 'requestId'],
    properties: {
      type: { type: 'string', format: 'uri-reference' },
      title: text,
      status: { type: 'integer', minimum: 400, maximum: 599 },
      code: { type: 'string', description: 'For programs; one of the list at /errors.' },
      detail: text,
      hint: { type: 'string', description: 'What can be done about it.' },
      requestId: text,
      errors: {
        type: 'array',
        items: {
          type: 'object',
          required: ['pointer', 'code', 'message'],
          properties: {
            pointer: { type: 'string', description: 'JSON pointer (RFC 6901).' },
            code: text,
            message: text,
          },
        },
      },
      details: { type: 'object', additionalProperties: true },
    },
  };
}
