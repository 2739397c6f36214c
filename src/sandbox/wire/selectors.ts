import type { KubeObject } from '../store/kube-object.js';
import { labelValueComplaints } from '../store/metadata-rules.js';
import type { ResourceName } from '../store/object-store.js';
import { badRequest } from '../store/refusals.js';

export type Selector = (object: KubeObject) => boolean;

interface Token {
  kind: '!' | '=' | '==' | '!=' | '(' | ')' | ',' | '>' | '<' | 'word' | 'end';
  text: string;
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const letter = text[at] as string;
    if (/\s/.test(letter)) {
      at++;
      continue;
    }
    const two = text.slice(at, at + 2);
    if (two === '==' || two === '!=') {
      found.push({ kind: two, text: two });
      at += 2;
    } else if ('!=(),<>'.includes(letter)) {
      found.push({ kind: letter as Token['kind'], text: letter });
      at++;
    } else {
      const word = /^[^\s!=(),<>]+/.exec(text.slice(at))?.[0] as string;
      found.push({ kind: 'word', text: word });
      at += word.length;
    }
  }
  found.push({ kind: 'end', text: '' });
  return found;
}

type Labels = Record<string, string>;

/** The full grammar of label selectors; words of refusals as `k8s.io/apimachinery/pkg/labels` says them. */
class LabelSelectorParser {
  private at = 0;
  private readonly tokens: Token[];

  constructor(text: string) {
    this.tokens = tokens(text);
  }

  parse(): ((labels: Labels) => boolean)[] {
    const requirements: ((labels: Labels) => boolean)[] = [];
    for (;;) {
      const token = this.peek();
      if (token.kind === 'word' || token.kind === '!') {
        requirements.push(this.requirement());
        const next = this.take();
        if (next.kind === 'end') return requirements;
        if (next.kind !== ',') throw badRequest(`found '${next.text}', expected: ',' or 'end of string'`);
        const after = this.peek();
        if (after.kind !== 'word' && after.kind !== '!')
          throw badRequest(`found '${after.text}', expected: identifier after ','`);
      } else if (token.kind === 'end') return requirements;
      else throw badRequest(`found '${token.text}', expected: !, identifier, or 'end of string'`);
    }
  }

  private peek(): Token {
    return this.tokens[this.at] as Token;
  }

  private take(): Token {
    return this.tokens[Math.min(this.at++, this.tokens.length - 1)] as Token;
  }

  private requirement(): (labels: Labels) => boolean {
    if (this.peek().kind === '!') {
      this.take();
      const key = this.key();
      return (labels) => !Object.hasOwn(labels, key);
    }
    const key = this.key();
    const next = this.peek();
    if (next.kind === 'end' || next.kind === ',') return (labels) => Object.hasOwn(labels, key);
    this.take();
    switch (next.kind) {
      case '=':
      case '==': {
        const value = this.value();
        return (labels) => labels[key] === value;
      }
      case '!=': {
        const value = this.value();
        return (labels) => labels[key] !== value;
      }
      case '>':
      case '<': {
        const bound = Number.parseInt(this.value(), 10);
        if (Number.isNaN(bound)) throw badRequest(`for 'Gt', 'Lt' operators, the value must be an integer`);
        return (labels) => {
          const value = Number.parseInt(labels[key] ?? '', 10);
          return next.kind === '>' ? value > bound : value < bound;
        };
      }
      default:
        if (next.kind === 'word' && (next.text === 'in' || next.text === 'notin')) {
          const values = this.values();
          return next.text === 'in'
            ? (labels) => Object.hasOwn(labels, key) && values.has(labels[key] as string)
            : (labels) => !(Object.hasOwn(labels, key) && values.has(labels[key] as string));
        }
        throw badRequest(`found '${next.text}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }

  private key(): string {
    const token = this.take();
    if (token.kind !== 'word') throw badRequest(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  private value(): string {
    const token = this.peek();
    if (token.kind === 'end' || token.kind === ',') return '';
    this.take();
    if (token.kind !== 'word') throw badRequest(`found '${token.text}', expected: identifier`);
    this.check(token.text);
    return token.text;
  }

  private values(): Set<string> {
    const open = this.take();
    if (open.kind !== '(') throw badRequest(`found '${open.text}' expected: '('`);
    const values = new Set<string>();
    for (;;) {
      const token = this.take();
      if (token.kind === 'word') {
        this.check(token.text);
        values.add(token.text);
        const next = this.take();
        if (next.kind === ')') return values;
        if (next.kind !== ',') throw badRequest(`found '${next.text}', expected: ',' or ')'`);
      } else if (token.kind === ',') values.add('');
      else if (token.kind === ')') return values.add('');
      else throw badRequest(`found '${token.text}', expected: ',', ')' or identifier`);
    }
  }

  private check(value: string): void {
    const [complaint] = labelValueComplaints(value);
    if (complaint) throw badRequest(`values[0][]: Invalid value: ${JSON.stringify(value)}: ${complaint}`);
  }
}

/** @throws StatusError 400 in the words of Kubernetes' own parser. */
export function parseLabelSelector(text: string | null): Selector | undefined {
  if (!text) return undefined;
  const requirements = new LabelSelectorParser(text).parse();
  return (object) => {
    const labels = object.metadata.labels ?? {};
    return requirements.every((requirement) => requirement(labels));
  };
}

const read =
  (...path: string[]) =>
  (object: KubeObject): string => {
    let value: unknown = object;
    for (const part of path) value = (value as Record<string, unknown> | undefined)?.[part];
    return value === undefined || value === null ? '' : String(value);
  };

const EVERY_KIND: Record<string, (object: KubeObject) => string> = {
  'metadata.name': read('metadata', 'name'),
  'metadata.namespace': read('metadata', 'namespace'),
};

const involved = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

const BY_RESOURCE: Record<ResourceName, Record<string, (object: KubeObject) => string>> = {
  pods: {
    'spec.nodeName': read('spec', 'nodeName'),
    'spec.restartPolicy': read('spec', 'restartPolicy'),
    'spec.schedulerName': read('spec', 'schedulerName'),
    'spec.serviceAccountName': read('spec', 'serviceAccountName'),
    'status.phase': read('status', 'phase'),
    'status.podIP': read('status', 'podIP'),
    'status.nominatedNodeName': read('status', 'nominatedNodeName'),
  },
  events: {
    ...Object.fromEntries(
      involved.map((field) => [`involvedObject.${field}`, read('involvedObject', field)]),
    ),
    reason: read('reason'),
    reportingComponent: read('reportingComponent'),
    source: read('source', 'component'),
    type: read('type'),
  },
  nodes: { 'spec.unschedulable': (object) => String(object.spec?.unschedulable ?? false) },
  namespaces: { 'status.phase': read('status', 'phase') },
  secrets: { type: read('type') },
};

/** @throws StatusError 400 for a field that the kind cannot be selected by. */
export function parseFieldSelector(resource: ResourceName, text: string | null): Selector | undefined {
  if (!text) return undefined;
  const fields = { ...EVERY_KIND, ...BY_RESOURCE[resource] };
  const terms = text.split(/(?<!\\),/).filter((term) => term.trim() !== '');
  const requirements = terms.map((term) => {
    const match = /^([^!=]*?)\s*(==|!=|=)\s*(.*)$/.exec(term);
    if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, field = '', operator, escaped = ''] = match;
    const value = escaped.replace(/\\([\\,=])/g, '$1');
    const get = Object.hasOwn(fields, field.trim()) ? fields[field.trim()] : undefined;
    if (!get) throw badRequest(`field label not supported: ${field.trim()}`);
    return (object: KubeObject) => (get(object) === value) === (operator !== '!=');
  });
  return (object) => requirements.every((requirement) => requirement(object));
}

/** Both selectors of a request in one, or undefined when it selects nothing out. */
export function readSelector(resource: ResourceName, query: URLSearchParams): Selector | undefined {
  const labels = parseLabelSelector(query.get('labelSelector'));
  const fields = parseFieldSelector(resource, query.get('fieldSelector'));
  if (!labels || !fields) return labels ?? fields;
  return (object) => labels(object) && fields(object);
}
