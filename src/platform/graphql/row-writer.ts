import {
  type GraphQLObjectType,
  type GraphQLOutputType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type SelectionSetNode,
} from 'graphql';
import { KeptTexts } from '../json/kept-texts.js';
import type { Selections } from './selected-fields.js';

/** The JSON text of a value; throws NotPlain. */
export type Write = (value: unknown) => string;

/** A value that only an executor can answer for: a function, a promise, an error, null where none may be. */
export class NotPlain extends Error {}

/**
 * A writer of what `selections` ask of objects whose fields are plain properties: the text that an executor's
 * answer would have. What an object marked immutable was written as is kept with it. Null where a field has a
 * resolver of its own, or a type is told at run time only.
 */
export function objectWriter(
  selections: Selections,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): Write | null {
  const fields = type.isTypeOf ? null : selections.of(type, sets);
  if (!fields) return null;
  const parts: Part[] = [];
  for (const { key, field, selections: inner } of fields) {
    const lead = `${JSON.stringify(key)}:`;
    if (field === null) parts.push({ lead, name: null, write: () => JSON.stringify(type.name) });
    else {
      const write = field.resolve ? null : valueWriter(selections, field.type, inner);
      if (!write) return null;
      parts.push({ lead, name: field.name, write });
    }
  }
  const texts = new KeptTexts((object) => {
    if (isThenable(object) || object instanceof Error) throw new NotPlain();
    // Joined, not added: the text is kept in one piece, and need not be put together at every use.
    const pieces = parts.map(
      ({ lead, name, write }) =>
        lead + write(name === null ? null : (object as Record<string, unknown>)[name]),
    );
    return `{${pieces.join(',')}}`;
  });
  return (value) => {
    if (typeof value !== 'object' || value === null) throw new NotPlain();
    return texts.of(value);
  };
}

interface Part {
  lead: string;
  name: string | null;
  write: Write;
}

function valueWriter(
  selections: Selections,
  type: GraphQLOutputType,
  sets: readonly SelectionSetNode[],
): Write | null {
  if (!isNonNullType(type)) {
    const write = presentWriter(selections, type, sets);
    return write && ((value) => (value === null || value === undefined ? 'null' : write(value)));
  }
  const write = presentWriter(selections, type.ofType, sets);
  return (
    write &&
    ((value) => {
      if (value === null || value === undefined) throw new NotPlain();
      return write(value);
    })
  );
}

/** For values that are there. */
function presentWriter(
  selections: Selections,
  type: GraphQLOutputType,
  sets: readonly SelectionSetNode[],
): Write | null {
  if (isLeafType(type)) return writeLeaf;
  if (isListType(type)) {
    const write = valueWriter(selections, type.ofType, sets);
    return (
      write &&
      ((value) => {
        if (!Array.isArray(value)) throw new NotPlain();
        return `[${value.map(write).join(',')}]`;
      })
    );
  }
  return isObjectType(type) ? objectWriter(selections, type, sets) : null;
}

/** Leaves are written as they are, as the compiled queries do: rooms hold what their scalars say. */
function writeLeaf(value: unknown): string {
  if (typeof value === 'object' && (isThenable(value as object) || value instanceof Error))
    throw new NotPlain();
  const text = JSON.stringify(value);
  if (text === undefined) throw new NotPlain();
  return text;
}

const isThenable = (value: object): boolean => typeof (value as { then?: unknown }).then === 'function';
