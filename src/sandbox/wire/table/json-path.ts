type Step = string | number | { field: string; equals: string };

const STEP = /^(?:\.([\w-]+)|\[(\d+)\]|\[\?\(@\.([\w.-]+)==['"]([^'"]*)['"]\)\])/;

/**
 * Reads the part of JSONPath that CRD columns use: `.a.b`, `[0]` and `[?(@.type=='Ready')]`.
 * The reader gives the first match, or undefined.
 */
export function compileJsonPath(path: string): (value: unknown) => unknown {
  const steps: Step[] = [];
  let rest = path;
  while (rest !== '') {
    const match = STEP.exec(rest);
    if (!match) throw new Error(`JSONPath not understood: ${path}`);
    const [text, name, index, field, equals] = match;
    if (name !== undefined) steps.push(name);
    else if (index !== undefined) steps.push(Number(index));
    else steps.push({ field: field as string, equals: equals as string });
    rest = rest.slice(text.length);
  }
  return (value) => steps.reduce(follow, value);
}

function follow(value: unknown, step: Step): unknown {
  if (value === null || typeof value !== 'object') return undefined;
  if (typeof step !== 'object') return (value as Record<string, unknown>)[step];
  if (!Array.isArray(value)) return undefined;
  return value.find((item) => String((item as Record<string, unknown>)?.[step.field]) === step.equals);
}
