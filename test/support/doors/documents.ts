import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { schemaPaths } from '../../../src/main/doors/schema-paths.js';
import type { Things } from './tenancy.js';

/** Documents that ask for one field each, about the things of the tenant `matrix`. */
export class Documents {
  private readonly paths: ReturnType<typeof schemaPaths>;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly things: Things,
    /** Fields that ask for a right of their own: never selected beside another. */
    private readonly doors: ReadonlySet<string>,
  ) {
    this.paths = schemaPaths(schema);
  }

  /** `door` is `Query.me`, `Project.disks`. */
  of(door: string): string {
    const [typeName = '', fieldName = ''] = door.split('.');
    const field = this.field(typeName, fieldName);
    let text = `${this.call(typeName, field)} ${this.selection(field.type)}`;
    const path = this.paths.get(typeName) ?? [];
    for (const step of path.toReversed()) {
      text = `${this.call(step.type, this.field(step.type, step.field))} { ${text} }`;
    }
    const root = ['Mutation', 'Subscription'].includes(typeName) ? typeName.toLowerCase() : 'query';
    return `${root} { ${text} }`;
  }

  private field(type: string, name: string): GraphQLField<unknown, unknown> {
    const field = (this.schema.getType(type) as GraphQLObjectType | undefined)?.getFields()[name];
    if (!field) throw new Error(`The schema has no ${type}.${name}.`);
    return field;
  }

  private call(type: string, { name, args }: GraphQLField<unknown, unknown>): string {
    const required = args.filter((argument) => isNonNullType(argument.type));
    if (required.length === 0) return name;
    return `${name}(${required.map((argument) => this.argument(`${type}.${name}`, argument)).join(', ')})`;
  }

  private argument(field: string, { name, type }: GraphQLArgument): string {
    return `${name}: ${this.literal(field, name, type)}`;
  }

  /** Something that the schema takes: required fields only, and a dry run where there is one. */
  private literal(of: string, name: string, type: GraphQLInputType): string {
    const nullable = getNullableType(type);
    if (isListType(nullable)) return '[]';
    if (isEnumType(nullable)) return String(nullable.getValues()[0]?.name);
    if (isInputObjectType(nullable)) {
      const fields = Object.values(nullable.getFields())
        .filter((field) => isNonNullType(field.type) || field.name === 'dryRun')
        .map((field) => `${field.name}: ${this.literal(nullable.name, field.name, field.type)}`);
      return `{ ${fields.join(', ')} }`;
    }
    const scalars: Record<string, string> = {
      Int: '1',
      Float: '1',
      Boolean: 'true',
      Quantity: '"1Gi"',
      JSON: '{}',
    };
    return scalars[String(nullable)] ?? `"${this.name(of, name)}"`;
  }

  private name(of: string, name: string): string {
    if (name === 'id') {
      if (/[Tt]oken/.test(of)) return this.things.token;
      return /[Oo]peration/.test(of) ? this.things.operation : this.things.machine;
    }
    if (name === 'member') return /Tenant/.test(of) ? this.things.tenantMember : this.things.projectMember;
    if (name === 'role' && /RoleInput$|^Query\.role$/.test(of)) return this.things.role;
    if (of === 'Query.role') return this.things.role;
    return 'matrix';
  }

  /** What tells most about a thing: its plain fields, and those of the things on a page. */
  private selection(type: unknown): string {
    const named = getNamedType(type as GraphQLObjectType);
    if (isLeafType(named)) return '';
    if (!isObjectType(named)) return '{ __typename }';
    const fields = Object.values(named.getFields()).filter(
      ({ name, args }) => args.length === 0 && !this.doors.has(`${named.name}.${name}`),
    );
    const plain = fields.filter((field) => isLeafType(getNamedType(field.type))).map(({ name }) => name);
    const nodes = fields.find(({ name }) => name === 'nodes');
    return `{ __typename ${plain.join(' ')} ${nodes ? `nodes ${this.selection(nodes.type)}` : ''} }`;
  }
}
