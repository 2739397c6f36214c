import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getMetadataStorage } from 'class-validator';
import {
  buildASTSchema,
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  isNonNullType,
  parse,
} from 'graphql';
import { VISIBILITIES } from '../domain/image-body.js';
import { IMAGE_STATES } from '../domain/image-view.js';
import {
  CreateImageInput,
  DeleteImageInput,
  IMAGE_ORDER_NAMES,
  ImageScheduleDto,
  ImageSourceDto,
  ShareImageInput,
  UpdateImageInput,
} from './image-inputs.dto.js';

const folder = join(import.meta.dirname, '../../../../graphql');
const text = readFileSync(join(folder, 'images.graphql'), 'utf8');
const schema = buildASTSchema(
  parse(`scalar JSON scalar Quantity scalar DateTime type Query { a: Int } type Mutation { a: Int } type Project { a: Int }
    type Operation { a: Int } type PageInfo { a: Int } type Creator { a: Int } interface Node { id: ID! } ${text}`),
  { assumeValidSDL: true },
);
/** Taken by the idempotency layer before a resolver sees the input. */
const ELSEWHERE = new Set(['idempotencyKey', 'dryRun']);

it.each<[string, new () => object]>([
  ['CreateImageInput', CreateImageInput],
  ['UpdateImageInput', UpdateImageInput],
  ['DeleteImageInput', DeleteImageInput],
  ['ShareImageInput', ShareImageInput],
  ['ImageSourceInput', ImageSourceDto],
  ['ImageScheduleInput', ImageScheduleDto],
])('%s is the same in GraphQL and in the class that validates it', (name, dto) => {
  const fields = Object.values((schema.getType(name) as GraphQLInputObjectType).getFields())
    .filter((field) => !ELSEWHERE.has(field.name))
    .map((field) => [field.name, isNonNullType(field.type) ? 'required' : 'optional']);
  const metadata = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  const optional = new Set(
    metadata.filter(({ type }) => type === 'conditionalValidation').map(({ propertyName }) => propertyName),
  );
  const properties = metadata.map(({ propertyName }) => [
    propertyName,
    optional.has(propertyName) ? 'optional' : 'required',
  ]);
  expect(fields.length).toBeGreaterThan(0);
  expect(Object.fromEntries(properties)).toEqual(Object.fromEntries(fields));
});

it('knows the same states and visibilities', () => {
  const values = (name: string) =>
    (schema.getType(name) as GraphQLEnumType).getValues().map((value) => value.name);
  expect(new Set(values('ImageState'))).toEqual(new Set(IMAGE_STATES));
  expect(values('ImageVisibility')).toEqual([...VISIBILITIES]);
  expect(values('ImageOrder')).toEqual(Object.keys(IMAGE_ORDER_NAMES));
});
