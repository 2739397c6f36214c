import {
  type DocumentNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  isNonNullType,
  isObjectType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { objectWriter, type Write } from './row-writer.js';
import { Selections } from './selected-fields.js';
import { isConnection } from './whole-connections.js';

/**
 * Writes the data of a query whose connections came whole (`wholeConnections`): rows become text without becoming
 * objects first. Null where the query has no connection, or one whose rows take more than reading properties.
 */
export function compileText(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Write | null {
  const root = schema.getRootType(operation.operation);
  if (!root) return null;
  const found = { connections: 0 };
  const write = answerWriter(new Selections(schema, document), root, [operation.selectionSet], found);
  return found.connections > 0 ? write : null;
}

/** For what the executor has answered already; keys are the answer's. */
function answerWriter(
  selections: Selections,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
  found: { connections: number },
): Write | null {
  const fields = selections.of(type, sets);
  if (!fields) return null;
  const parts: { lead: string; key: string; write: Write }[] = [];
  for (const { key, field, selections: inner } of fields) {
    const lead = `${parts.length === 0 ? '' : ','}${JSON.stringify(key)}:`;
    const named = field && (isNonNullType(field.type) ? field.type.ofType : field.type);
    let write: Write | null = writeAnswered;
    if (field && isObjectType(named) && isConnection(field.type)) {
      found.connections += 1;
      write = objectWriter(selections, named, inner);
    } else if (isObjectType(named)) write = answerWriter(selections, named, inner, found);
    else if (inner.length > 0) return null;
    if (!write) return null;
    parts.push({ lead, key, write });
  }
  return (value) => {
    if (value === null || value === undefined) return 'null';
    let text = '{';
    for (const { lead, key, write } of parts) {
      const part = (value as Record<string, unknown>)[key];
      text += lead + (part === null || part === undefined ? 'null' : write(part));
    }
    return `${text}}`;
  };
}

const writeAnswered: Write = (value) => JSON.stringify(value) ?? 'null';
