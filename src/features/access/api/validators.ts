import { applyDecorators } from '@nestjs/common';
import {
  IsISO8601,
  IsString,
  Matches,
  MaxLength,
  registerDecorator,
  type ValidationArguments,
} from 'class-validator';
import { DNS_LABEL } from '../../../kernel/dns-name.js';
import { EXTERNAL_NAME } from '../../../platform/sign-in/external-sign-in.js';
import { labelProblem } from '../domain/labels.js';
import { PROJECT_NAME, ROLE_NAME, USER_NAME } from '../domain/names.js';

const LABEL_HINT = 'must be of lower case letters, digits and "-", and begin and end with a letter or digit';

/** Text for people: one line, no control characters. */
export const IsDisplayName = () =>
  applyDecorators(
    IsString(),
    MaxLength(120),
    Matches(/^[^\p{Cc}]*$/u, { message: 'must not contain control characters' }),
  );

export const IsName = () =>
  applyDecorators(IsString(), Matches(DNS_LABEL, { message: `${LABEL_HINT}, 63 characters at most` }));

export const IsProjectName = () =>
  applyDecorators(IsString(), Matches(PROJECT_NAME, { message: `${LABEL_HINT}, 40 characters at most` }));

const LOCAL_OR_EXTERNAL = new RegExp(`${USER_NAME.source}|${EXTERNAL_NAME.source}`, 'u');

/** A local account's, or `<alias>/<name>` as an identity provider knows it. */
export const IsUserName = () =>
  applyDecorators(IsString(), Matches(LOCAL_OR_EXTERNAL, { message: 'is no name of a user' }));

export const IsGroupName = () =>
  applyDecorators(IsString(), Matches(EXTERNAL_NAME, { message: 'must be "<alias>/<group>"' }));

export const IsRoleName = () =>
  applyDecorators(IsString(), Matches(ROLE_NAME, { message: 'is no name of a role' }));

export const IsTime = () => applyDecorators(IsISO8601({ strict: true, strictSeparator: true }));

/** Kubernetes labels; where `removals`, null takes one away. */
export function IsLabels({ removals = false } = {}): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'labels',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => labelProblem(value, removals) === null,
        defaultMessage: (problem?: ValidationArguments) =>
          labelProblem(problem?.value, removals) ?? 'is not valid',
      },
    });
}

/** A time that is still to come. */
export function IsFuture(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'future',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => typeof value === 'string' && Date.parse(value) > Date.now(),
        defaultMessage: () => 'must lie in the future',
      },
    });
}

/** For fields of which a request gives one. */
export function IsOnlyOneWith(...others: string[]): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'onlyOne',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (_value: unknown, given?: ValidationArguments) =>
          others.every(
            (other) => ((given?.object as Record<string, unknown> | undefined)?.[other] ?? null) === null,
          ),
        defaultMessage: () => `must not be given together with ${others.join(' or ')}`,
      },
    });
}
