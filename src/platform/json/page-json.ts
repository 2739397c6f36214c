import { isImmutable } from './immutable.js';
import { KeptTexts } from './kept-texts.js';

const rows = new KeptTexts((row) => JSON.stringify(row));

/** The JSON of an answer. A page of immutable rows (`items`) is put together from the rows' own texts. */
export function pageJson(payload: unknown): string {
  const items = (payload as { items?: unknown } | null | undefined)?.items;
  if (!Array.isArray(items) || items.length === 0 || !items.every(isRow)) return JSON.stringify(payload);
  const fields = Object.entries(payload as object).filter(([, value]) => value !== undefined);
  const texts = fields.map(
    ([key, value]) => `${JSON.stringify(key)}:${value === items ? list(items) : JSON.stringify(value)}`,
  );
  return `{${texts.join(',')}}`;
}

const isRow = (row: unknown): row is object => typeof row === 'object' && row !== null && isImmutable(row);

const list = (items: readonly object[]): string => `[${items.map((row) => rows.of(row)).join(',')}]`;
