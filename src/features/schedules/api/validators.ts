import { registerDecorator, type ValidationArguments } from 'class-validator';
import { checkLabels } from '../../../kernel/labels.js';
import { cronProblem, isTimeZone } from '../domain/timetable.js';

type Problem = (value: unknown) => string | null;

const decorator =
  (name: string, problem: Problem): PropertyDecorator =>
  (target, property) =>
    registerDecorator({
      name,
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => problem(value) === null,
        defaultMessage: (given?: ValidationArguments) => problem(given?.value) ?? 'is not valid',
      },
    });

export const IsCron = () =>
  decorator('cron', (value) =>
    typeof value === 'string' && value.length <= 100 ? cronProblem(value) : 'is no cron expression',
  );

export const IsIanaTimeZone = () =>
  decorator('timeZone', (value) =>
    typeof value === 'string' && value.length <= 64 && isTimeZone(value)
      ? null
      : 'is no time zone of the IANA database',
  );

/** What may stand in a selector of labels; where `removals`, null takes one away. */
export const IsMatchLabels = ({ removals = false } = {}) =>
  decorator('matchLabels', (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be an object';
    if (!removals && Object.values(value).some((one) => one === null)) return 'must have texts as values';
    return checkLabels(value as Record<string, unknown>)[0]?.message ?? null;
  });
