import protobuf from 'protobufjs/minimal.js';
import { decodeProtobuf } from './decode-protobuf.js';

const { Writer } = protobuf;
type Fields = [number: number, value: string | number | boolean | Uint8Array][];

const message = (fields: Fields): Uint8Array => {
  const writer = Writer.create();
  for (const [number, value] of fields) {
    if (typeof value === 'number' || typeof value === 'boolean')
      writer.uint32(number << 3).int64(Number(value));
    else {
      const bytes = typeof value === 'string' ? Buffer.from(value) : value;
      writer.uint32((number << 3) | 2).bytes(bytes);
    }
  }
  return writer.finish();
};
const envelope = (apiVersion: string, kind: string, raw: Uint8Array) =>
  Buffer.concat([
    Buffer.from('k8s\0'),
    message([
      [
        1,
        message([
          [1, apiVersion],
          [2, kind],
        ]),
      ],
      [2, raw],
      [3, ''],
      [4, ''],
    ]),
  ]);

describe('protobuf bodies', () => {
  it('become the JSON they stand for', () => {
    const metadata = message([
      [1, 'creds'],
      [2, ''],
      [8, message([])],
      [
        11,
        message([
          [1, 'app'],
          [2, 'web'],
        ]),
      ],
      [11, message([[1, 'empty']])],
      [14, 'test/hold'],
    ]);
    const secret = message([
      [1, metadata],
      [
        2,
        message([
          [1, 'key'],
          [2, Buffer.from('value')],
        ]),
      ],
      [3, 'Opaque'],
      [5, false],
      [99, 'a field of the future'],
    ]);
    expect(decodeProtobuf(envelope('v1', 'Secret', secret))).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'creds', labels: { app: 'web', empty: '' }, finalizers: ['test/hold'] },
      data: { key: 'dmFsdWU=' },
      type: 'Opaque',
      immutable: false,
    });
  });

  it('read quantities, times and int-or-strings', () => {
    const quota = message([
      [
        2,
        message([
          [
            1,
            message([
              [1, 'pods'],
              [2, message([[1, '10']])],
            ]),
          ],
        ]),
      ],
    ]);
    expect(decodeProtobuf(envelope('v1', 'ResourceQuota', quota))?.spec).toEqual({ hard: { pods: '10' } });
    const lease = message([
      [
        2,
        message([
          [
            4,
            message([
              [1, 1767225600],
              [2, 5000],
            ]),
          ],
        ]),
      ],
    ]);
    expect(decodeProtobuf(envelope('coordination.k8s.io/v1', 'Lease', lease))?.spec).toEqual({
      renewTime: '2026-01-01T00:00:00.000005Z',
    });
    const port = message([
      [3, 80],
      [
        4,
        message([
          [1, 1],
          [3, 'http'],
        ]),
      ],
    ]);
    const service = message([[2, message([[1, port]])]]);
    expect(decodeProtobuf(envelope('v1', 'Service', service))?.spec).toEqual({
      ports: [{ port: 80, targetPort: 'http' }],
    });
  });

  it('of an unknown kind are left to the caller; other bytes are refused', () => {
    expect(decodeProtobuf(envelope('apps/v1', 'Deployment', message([])))).toBeUndefined();
    expect(() => decodeProtobuf(Buffer.from('{"kind":"Secret"}'))).toThrow('does not appear');
    expect(() => decodeProtobuf(Buffer.concat([Buffer.from('k8s\0'), Buffer.from([0x0a, 0xff])]))).toThrow();
  });
});
