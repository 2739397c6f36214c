import protobuf from 'protobufjs/minimal.js';
import { type Field, messageShapes } from './message-shapes.js';

const { Reader } = protobuf;
type ProtoReader = InstanceType<typeof Reader>;
type Json = Record<string, unknown>;

/** `k8s\0` before every message (k8s.io/apimachinery/pkg/runtime/serializer/protobuf). */
const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';

/** Reads the fields of a message, handing each to `take`; what `take` does not know it must skip. */
function eachField(
  bytes: Uint8Array,
  take: (number: number, wire: number, reader: ProtoReader) => void,
): void {
  const reader = Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    take(tag >>> 3, tag & 7, reader);
  }
}

const integer = (reader: ProtoReader): number => Number(reader.int64());

function time(bytes: Uint8Array): string | undefined {
  let seconds = 0;
  let nanoseconds = 0;
  eachField(bytes, (number, wire, reader) => {
    if (number === 1) seconds = integer(reader);
    else if (number === 2) nanoseconds = reader.int32();
    else reader.skipType(wire);
  });
  // Go's zero time, of the year 1, is no time at all.
  if (seconds <= 0) return undefined;
  const text = new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, '');
  return nanoseconds === 0
    ? `${text}Z`
    : `${text}.${String(Math.trunc(nanoseconds / 1000)).padStart(6, '0')}Z`;
}

function quantity(bytes: Uint8Array): string {
  let text = '0';
  eachField(bytes, (number, wire, reader) => {
    if (number === 1) text = reader.string();
    else reader.skipType(wire);
  });
  return text;
}

function intOrString(bytes: Uint8Array): string | number {
  let isText = false;
  let value = 0;
  let text = '';
  eachField(bytes, (number, wire, reader) => {
    if (number === 1) isText = integer(reader) === 1;
    else if (number === 2) value = integer(reader);
    else if (number === 3) text = reader.string();
    else reader.skipType(wire);
  });
  return isText ? text : value;
}

function rawJson(bytes: Uint8Array): unknown {
  let value: unknown;
  eachField(bytes, (number, wire, reader) => {
    if (number === 1) value = JSON.parse(reader.string());
    else reader.skipType(wire);
  });
  return value;
}

function readValue(type: string, reader: ProtoReader): unknown {
  switch (type) {
    case 's':
      return reader.string();
    case 'i':
    case 'I':
      return integer(reader);
    case 'b':
    case 'B':
      return reader.bool();
    case 'y':
      return Buffer.from(reader.bytes()).toString('base64');
    case 'time':
      return time(reader.bytes());
    case 'quantity':
      return quantity(reader.bytes());
    case 'intstr':
      return intOrString(reader.bytes());
    case 'raw':
      return rawJson(reader.bytes());
    case 'ExtraValue':
      return message(type, reader.bytes()).items ?? [];
    default:
      return message(type, reader.bytes());
  }
}

function entry(field: Field, bytes: Uint8Array): [string, unknown] {
  let key = '';
  let value: unknown = field.type === 's' || field.type === 'y' ? '' : undefined;
  eachField(bytes, (number, wire, reader) => {
    if (number === 1) key = reader.string();
    else if (number === 2) value = readValue(field.type, reader);
    else reader.skipType(wire);
  });
  return [key, value];
}

const isLeftOut = (type: string, value: unknown) =>
  value === undefined ||
  (value === '' && type === 's') ||
  (value === 0 && type === 'i') ||
  (value === false && type === 'b');

function message(type: string, bytes: Uint8Array): Json {
  const shape = messageShapes.get(type);
  const result: Json = {};
  eachField(bytes, (number, wire, reader) => {
    const field = shape?.get(number);
    if (!field) {
      reader.skipType(wire);
      return;
    }
    if (field.map) {
      const [key, value] = entry(field, reader.bytes());
      result[field.name] = { ...(result[field.name] as Json | undefined), [key]: value };
    } else if (field.repeated) {
      const list = (result[field.name] ?? []) as unknown[];
      list.push(readValue(field.type, reader));
      result[field.name] = list;
    } else {
      const value = readValue(field.type, reader);
      if (!isLeftOut(field.type, value)) result[field.name] = value;
    }
  });
  return result;
}

/**
 * A Kubernetes object from its protobuf form, as the JSON form would have been; undefined for a kind whose
 * message is not known here.
 * @throws Error for bytes that are no such message.
 */
export function decodeProtobuf(bytes: Uint8Array): Json | undefined {
  if (!MAGIC.equals(bytes.subarray(0, MAGIC.length)))
    throw new Error('provided data does not appear to be a protobuf message');
  let typeMeta: Json = {};
  let raw: Uint8Array = new Uint8Array();
  eachField(bytes.subarray(MAGIC.length), (number, wire, reader) => {
    if (number === 1) {
      const told: Json = {};
      eachField(reader.bytes(), (inner, innerWire, innerReader) => {
        if (inner === 1) told.apiVersion = innerReader.string();
        else if (inner === 2) told.kind = innerReader.string();
        else innerReader.skipType(innerWire);
      });
      typeMeta = told;
    } else if (number === 2) raw = reader.bytes();
    else reader.skipType(wire);
  });
  const kind = String(typeMeta.kind ?? '');
  return messageShapes.has(kind) ? { ...typeMeta, ...message(kind, raw) } : undefined;
}
